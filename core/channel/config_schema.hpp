// A plugin's own schema of its configuration (JSON Schema draft 7, DESIGN §7) and what is done with it: check, fill defaults in, keep
// secrets apart. Pure; a parsed schema is immutable and may be used from any thread.
#pragma once
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"
#include "model/directory.hpp"

namespace messo {

// Both halves as JSON objects of the configuration's own shape: merging them gives the whole back.
struct SplitConfig {
  std::string public_json;  // without the members marked "x-secret"
  Secret secrets_json;      // only those
};

class ConfigSchema {
 public:
  // invalid "bad_schema": not JSON, not a schema of an object, without "additionalProperties": false, a secret inside a list, or a default
  // that the schema itself refuses.
  static Result<ConfigSchema> parse(std::string_view schema_json);

  // Fills defaults in and checks. invalid "bad_provider_config" with one FieldError per mistake: `field` is a JSON pointer inside the
  // configuration ("/port"), the message says what would be right and names the nearest known key; no value of a secret is repeated.
  Result<nlohmann::json> check(nlohmann::json config) const;

  // Members marked "x-secret" taken out of a configuration.
  SplitConfig split_secrets(const nlohmann::json& config) const;
  // For people: each secret that is set reads "********".
  nlohmann::json mask(nlohmann::json config) const;

  // The limits over time it recommends for a checked configuration: a property's "x-rates" holds them by the property's value, as
  // { "legalmail": { "per_minute": 6 } }. 0: nothing said.
  Rates recommended_rates(const nlohmann::json& config) const;

  const nlohmann::json& tree() const;

 private:
  struct Parsed;
  std::shared_ptr<const Parsed> parsed_;
};

// One configuration out of its two halves (either may be empty text); corrupt when one is not a JSON object.
Result<nlohmann::json> join_config(std::string_view public_json, std::string_view secrets_json);

}  // namespace messo
