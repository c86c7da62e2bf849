// Declarative tables of configuration keys, and the one check that uses them (house rule 8: schema beside code). Pure.
#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "config/document.hpp"
#include "config/problems.hpp"

namespace messo {

enum class ValueType : std::uint8_t {
  text,    // bounds: length in bytes
  slug,    // [a-z0-9][a-z0-9-]{0,62}
  choice,  // one of `choices`
  boolean,
  integer,    // bounds: value
  duration,   // "30 s"; bounds: milliseconds; check() replaces it by the integer
  size,       // "64 MiB"; bounds: bytes; check() replaces it by the integer
  secret,     // "file:PATH" or "env:NAME": where a secret is, never the secret
  text_list,  // bounds: number of elements; with `choices` each is one of them
  duration_list,
  table,         // `keys`
  tables,        // an array of `keys`
  free_table,    // any keys: checked by somebody else (a plugin's own schema)
  named_tables,  // any names of `choices`, each a table of `keys`: senders by channel
};

// What happens to a changed value when the running daemon re-reads its file (SIGHUP).
enum class Reload : std::uint8_t { restart, live };

struct Key {
  std::string_view name;
  ValueType type = ValueType::text;
  std::string_view description = {};  // sentences for people, with the unit
  const char* fallback = nullptr;     // the default as written between quotes or bare; null: none
  bool required = false;              // must be given; else a missing key without fallback stays missing
  bool optional = false;              // of a table: stays missing when missing, instead of being filled with defaults
  std::int64_t min = 0;
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  std::string_view choices = {};  // "text|json"
  std::span<const Key> keys = {};
  Reload reload = Reload::restart;
};

// Checks the document against `keys`: unknown keys, wrong types, bounds, missing ones; fills defaults in, turns durations and sizes into
// integers. Finds every problem. Afterwards, without problems, reading the JSON by name and type cannot fail.
Problems check(Document& document, std::span<const Key> keys);

// "a text", "a whole number from 1 to 64", "a duration like \"30 s\"", ...: for messages and docs.
std::string describe(const Key& key);
// The default as it is written in TOML: "\"30 s\"", "8", "[]"; "" without one.
std::string fallback_toml(const Key& key);

}  // namespace messo
