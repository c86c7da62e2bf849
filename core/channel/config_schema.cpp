#include "channel/config_schema.hpp"

#include <nlohmann/json.hpp>

#include "base/valijson.hpp"
#include "channel/config_explain.hpp"
#include "channel/config_pattern.hpp"
#include "config/problems.hpp"

namespace messo {
namespace {

using json = nlohmann::json;

tl::unexpected<Error> bad_schema(const std::string& why) {
  return fail(ErrorKind::invalid, "bad_schema",
              "the plugin's configuration schema is wrong: " + why + "; report it to the plugin's author");
}

const json* find_member(const json& object, const char* name) {
  const auto at = object.find(name);
  return at == object.end() ? nullptr : &*at;
}
bool is_secret(const json& schema) {
  const json* mark = schema.is_object() ? find_member(schema, "x-secret") : nullptr;
  return mark != nullptr && *mark == true;
}

// Every object closed, no secret inside a list. Returns what is wrong, or nothing.
std::string first_flaw(const json& schema, const std::string& at, bool in_list) {
  if (!schema.is_object()) return {};
  if (in_list && is_secret(schema)) return "the secret " + at + " is inside a list, where it cannot be kept apart";
  if (const json* pattern = find_member(schema, "pattern"); pattern != nullptr) {
    if (auto flaw = flaw_of_pattern(pattern->get<std::string>()); !flaw.empty())
      return "the pattern at " + (at.empty() ? "the top" : at) + " " + flaw;
  }
  if (const json* properties = find_member(schema, "properties"); properties != nullptr && properties->is_object()) {
    if (schema.value("additionalProperties", json(true)) != false)
      return "\"additionalProperties\": false is missing at " + (at.empty() ? "the top" : at);
    for (const auto& [name, inner] : properties->items()) {
      if (auto flaw = first_flaw(inner, at + "/" + name, in_list); !flaw.empty()) return flaw;
    }
  }
  const json* items = find_member(schema, "items");
  return items == nullptr ? std::string{} : first_flaw(*items, at + "/items", true);
}

// The library would match patterns itself, without bounds: it gets the schema without those that explain_patterns() knows.
void drop_patterns(json& schema) {
  if (!schema.is_object()) return;
  schema.erase("pattern");
  if (const auto properties = schema.find("properties"); properties != schema.end() && properties->is_object()) {
    for (auto& inner : *properties) drop_patterns(inner);
  }
  if (const auto items = schema.find("items"); items != schema.end()) drop_patterns(*items);
}
bool has_pattern(const json& schema) {
  if (schema.is_object() && (schema.contains("patternProperties") || (schema.contains("pattern") && schema["pattern"].is_string())))
    return true;
  return schema.is_structured() && std::ranges::any_of(schema, has_pattern);
}

void fill_defaults(const json& schema, json& value) {
  const json* properties = schema.is_object() ? find_member(schema, "properties") : nullptr;
  if (properties == nullptr || !value.is_object()) return;
  for (const auto& [name, inner] : properties->items()) {
    const json* fallback = inner.is_object() ? find_member(inner, "default") : nullptr;
    if (fallback != nullptr && !value.contains(name)) value[name] = *fallback;
    if (value.contains(name)) fill_defaults(inner, value[name]);
  }
}

// Moves secret members of `value` into the result, of the same shape; null when there are none.
json take_secrets(const json& schema, json& value) {
  json secrets;
  const json* properties = schema.is_object() ? find_member(schema, "properties") : nullptr;
  if (properties == nullptr || !value.is_object()) return secrets;
  for (const auto& [name, inner] : properties->items()) {
    if (!value.contains(name)) continue;
    if (is_secret(inner)) {
      secrets[name] = std::move(value[name]);
      value.erase(name);
    } else if (json below = take_secrets(inner, value[name]); !below.is_null()) {
      secrets[name] = std::move(below);
    }
  }
  return secrets;
}

void mask_secrets(const json& schema, json& value) {
  const json* properties = schema.is_object() ? find_member(schema, "properties") : nullptr;
  if (properties == nullptr || !value.is_object()) return;
  for (const auto& [name, inner] : properties->items()) {
    if (!value.contains(name)) continue;
    if (is_secret(inner)) {
      value[name] = "********";
    } else {
      mask_secrets(inner, value[name]);
    }
  }
}

std::string pointer_of(const std::vector<std::string>& context) {
  std::string out;  // "<root>", "[smtp]", "[port]" as the library writes it
  for (const std::string& step : context) {
    if (step.size() >= 2 && step.front() == '[' && step.back() == ']') out += "/" + step.substr(1, step.size() - 2);
  }
  return out;
}

}  // namespace

struct ConfigSchema::Parsed {
  json tree;
  valijson::Schema schema;
};

Result<ConfigSchema> ConfigSchema::parse(std::string_view schema_json) {
  auto parsed = std::make_shared<Parsed>();
  try {
    parsed->tree = json::parse(schema_json);
    if (!parsed->tree.is_object() || parsed->tree.value("type", "") != "object") return bad_schema("it does not describe an object");
    if (parsed->tree.value("additionalProperties", json(true)) != false)
      return bad_schema("\"additionalProperties\": false is missing at the top");
    if (auto flaw = first_flaw(parsed->tree, "", false); !flaw.empty()) return bad_schema(flaw);
    json unpatterned = parsed->tree;
    drop_patterns(unpatterned);
    if (has_pattern(unpatterned))
      return bad_schema("\"pattern\" may stand beside a property's \"type\" only, not under \"anyOf\", \"if\" and the like");
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(unpatterned), parsed->schema);
  } catch (const std::exception& e) {
    auto error = bad_schema("it cannot be read");
    error.value().detail = e.what();
    return error;
  }
  ConfigSchema out;
  out.parsed_ = std::move(parsed);
  // Defaults by themselves: only required members may be missing.
  std::vector<FieldError> errors;
  json defaults = json::object();
  fill_defaults(out.parsed_->tree, defaults);
  for (const auto& [name, value] : defaults.items()) explain(out.parsed_->tree["properties"][name], value, "/" + name, errors);
  if (!errors.empty()) return bad_schema("the default of " + errors.front().field + " " + errors.front().message);
  return out;
}

Result<json> ConfigSchema::check(json config) const {
  Error error{ErrorKind::invalid, "bad_provider_config", {}, {}, {}, {}};
  if (!config.is_object()) return fail_field("", error.code, "the configuration must be a table");
  fill_defaults(parsed_->tree, config);
  try {
    valijson::ValidationResults results;
    valijson::Validator validator(valijson::Validator::kStrongTypes);
    const bool valid = validator.validate(parsed_->schema, valijson::adapters::NlohmannJsonAdapter(config), &results);
    if (valid) {
      explain_patterns(parsed_->tree, config, "", error.fields);
      if (error.fields.empty()) return config;
    } else {
      explain(parsed_->tree, config, "", error.fields);
    }
    if (error.fields.empty()) {
      for (const auto& one : results) error.fields.push_back({pointer_of(one.context), one.description});
    }
  } catch (const std::exception& e) {
    return fail(ErrorKind::invalid, error.code, "the configuration could not be checked", e.what());
  }
  for (const auto& field : error.fields) {
    if (!error.message.empty()) error.message += "; ";
    error.message += (field.field.empty() ? std::string("configuration") : to_toml_key(field.field)) + ": " + field.message;
  }
  return fail(std::move(error));
}

Rates ConfigSchema::recommended_rates(const json& config) const {
  Rates out;
  const json* properties = find_member(parsed_->tree, "properties");
  if (properties == nullptr) return out;
  for (const auto& [name, property] : properties->items()) {
    const json* by_value = property.is_object() ? find_member(property, "x-rates") : nullptr;
    const json* value = find_member(config, name.c_str());
    if (by_value == nullptr || value == nullptr || !value->is_string()) continue;
    const json* rates = find_member(*by_value, value->get<std::string>().c_str());
    if (rates == nullptr) continue;
    out = {rates->value("per_second", 0U), rates->value("per_minute", 0U), rates->value("per_day", 0U), rates->value("per_hour", 0U)};
  }
  return out;
}

SplitConfig ConfigSchema::split_secrets(const json& config) const {
  json rest = config;
  const json secrets = take_secrets(parsed_->tree, rest);
  return {rest.dump(), Secret(secrets.is_null() ? std::string("{}") : secrets.dump())};
}

json ConfigSchema::mask(json config) const {
  mask_secrets(parsed_->tree, config);
  return config;
}

const nlohmann::json& ConfigSchema::tree() const { return parsed_->tree; }

Result<json> join_config(std::string_view public_json, std::string_view secrets_json) {
  json whole = json::object();
  for (const std::string_view half : {public_json, secrets_json}) {
    if (half.empty()) continue;
    json tree = json::parse(half, nullptr, false);
    if (!tree.is_object())
      return fail(ErrorKind::corrupt, "bad_stored_config", "the provider's stored configuration cannot be read: apply it again");
    whole.merge_patch(tree);
  }
  return whole;
}

}  // namespace messo
