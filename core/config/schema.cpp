#include "config/schema.hpp"

#include <algorithm>
#include <optional>

#include "config/units.hpp"

namespace messo {
namespace {

using nlohmann::json;

constexpr std::int64_t kUnbounded = std::numeric_limits<std::int64_t>::max();

std::vector<std::string_view> split(std::string_view choices) {
  std::vector<std::string_view> out;
  while (!choices.empty()) {
    const auto end = std::min(choices.find('|'), choices.size());
    out.push_back(choices.substr(0, end));
    choices.remove_prefix(std::min(end + 1, choices.size()));
  }
  return out;
}
bool is_choice(std::string_view value, std::string_view choices) {
  const auto known = split(choices);
  return std::ranges::find(known, value) != known.end();
}
std::string choice_list(std::string_view choices) {
  std::string out;
  for (const auto choice : split(choices)) out += (out.empty() ? "\"" : ", \"") + std::string(choice) + '"';
  return out;
}

// A value inside a message: on one line, not too long.
std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string out = "\"";
  for (const char c : text.substr(0, kShown)) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return out + (text.size() > kShown ? "...\"" : "\"");
}

bool is_slug(std::string_view text) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789-";
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.find_first_not_of(kLetters) == std::string_view::npos;
}
bool is_secret_place(std::string_view text) {
  return (text.starts_with("file:") && text.size() > 5) || (text.starts_with("env:") && text.size() > 4);
}

std::string found(const json& value) {
  if (value.is_string()) return "a text";
  if (value.is_boolean()) return "true or false";
  if (value.is_number_integer()) return "a whole number";
  if (value.is_number()) return "a number with a decimal point";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "a table";
  if (value.is_null()) return "null";
  return "a date or time";
}

// A bound or value of `key` as people write it.
std::string in_units(const Key& key, std::int64_t value) {
  if (key.type == ValueType::duration || key.type == ValueType::duration_list) return to_duration_text(Millis{value});
  if (key.type == ValueType::size) return to_size_text(static_cast<std::uint64_t>(value));
  return std::to_string(value);
}
std::string bounds(const Key& key) {
  if (key.min > 0 && key.max < kUnbounded) return " from " + in_units(key, key.min) + " to " + in_units(key, key.max);
  if (key.max < kUnbounded) return " up to " + in_units(key, key.max);
  if (key.min > 0) return " of at least " + in_units(key, key.min);
  return {};
}
bool within(const Key& key, std::int64_t value) { return value >= key.min && value <= key.max; }

class Checker {
 public:
  explicit Checker(Document& document) : document_(document) {}

  void check_table(json& table, std::span<const Key> keys, const std::string& pointer) {
    for (auto& [name, value] : table.items()) {
      const auto key = std::ranges::find(keys, std::string_view(name), &Key::name);
      const std::string child = pointer + '/' + escape_pointer(name);
      key == keys.end() ? unknown(child, name, keys) : check_value(value, *key, child);
    }
    for (const Key& key : keys) {
      if (!table.contains(key.name)) check_missing(table, key, pointer);
    }
  }

  Problems take() { return std::move(problems_); }

 private:
  void add(const std::string& pointer, std::string message) {
    problems_.push_back({document_.file, document_.line_of(pointer), pointer, std::move(message)});
  }

  void unknown(const std::string& pointer, std::string_view name, std::span<const Key> keys) {
    std::vector<std::string_view> known;
    known.reserve(keys.size());
    for (const Key& key : keys) known.push_back(key.name);
    add(pointer, "there is no such key" + suggestion(name, known));
  }
  static std::string suggestion(std::string_view word, std::span<const std::string_view> known) {
    if (const auto near = nearest_word(word, known); !near.empty()) return "; did you mean \"" + std::string(near) + "\"?";
    std::string all;
    for (const auto name : known) all += (all.empty() ? "" : ", ") + std::string(name);
    return "; known here: " + all;
  }

  void check_missing(json& table, const Key& key, const std::string& pointer) {
    const std::string name(key.name);
    if (key.type == ValueType::table && !key.optional) {
      table[name] = json::object();
      return check_table(table[name], key.keys, pointer + '/' + name);
    }
    if (key.required) return add(pointer + '/' + name, "is missing: give " + describe(key));
    if (key.fallback == nullptr) return;
    table[name] = fallback_json(key);
    check_value(table[name], key, pointer + '/' + name);
  }

  static json fallback_json(const Key& key) {
    const std::string_view text = key.fallback;
    switch (key.type) {
      case ValueType::boolean: return text == "true";
      case ValueType::integer: return std::stoll(std::string(text));
      case ValueType::text_list:
      case ValueType::duration_list: {
        json list = json::array();
        for (const auto element : split(text)) list.push_back(element);
        return list;
      }
      case ValueType::tables: return json::array();
      case ValueType::free_table:
      case ValueType::named_tables: return json::object();
      default: return text;
    }
  }

  void check_value(json& value, const Key& key, const std::string& pointer) {
    switch (key.type) {
      case ValueType::table: return value.is_object() ? check_table(value, key.keys, pointer) : wrong(value, key, pointer);
      case ValueType::tables: return check_tables(value, key, pointer);
      case ValueType::free_table: return value.is_object() ? void() : wrong(value, key, pointer);
      case ValueType::named_tables: return check_named(value, key, pointer);
      case ValueType::text_list:
      case ValueType::duration_list: return check_list(value, key, pointer);
      case ValueType::boolean: return value.is_boolean() ? void() : wrong(value, key, pointer);
      case ValueType::integer: return check_integer(value, key, pointer);
      default: return value.is_string() ? check_text(value, key, pointer) : wrong(value, key, pointer);
    }
  }

  void check_tables(json& value, const Key& key, const std::string& pointer) {
    if (!value.is_array())
      return add(pointer, "is " + found(value) + ", wanted: a list of tables; write [[" + std::string(key.name) + "]] above each");
    std::size_t index = 0;
    for (auto& element : value) {
      const std::string child = pointer + '/' + std::to_string(index++);
      element.is_object() ? check_table(element, key.keys, child) : wrong(element, key, child);
    }
  }
  void check_named(json& value, const Key& key, const std::string& pointer) {
    if (!value.is_object()) return wrong(value, key, pointer);
    for (auto& [name, element] : value.items()) {
      const std::string child = pointer + '/' + escape_pointer(name);
      if (!is_choice(name, key.choices)) {
        add(child, "there is no such key" + suggestion(name, split(key.choices)));
      } else {
        element.is_object() ? check_table(element, key.keys, child) : add(child, "is " + found(element) + ", wanted: a table");
      }
    }
  }
  void check_list(json& value, const Key& key, const std::string& pointer) {
    if (!value.is_array()) return wrong(value, key, pointer);
    std::size_t index = 0;
    for (auto& element : value) {
      const std::string child = pointer + '/' + std::to_string(index++);
      if (!element.is_string()) {
        add(child, "is " + found(element) + ", wanted: a text");
      } else if (key.type == ValueType::duration_list) {
        measure(element, key, child, parse_duration(element.get<std::string>()));
      } else if (!key.choices.empty() && !is_choice(element.get<std::string>(), key.choices)) {
        add(child, in_quotes(element.get<std::string>()) + " is none of " + choice_list(key.choices));
      }
    }
  }
  void check_integer(const json& value, const Key& key, const std::string& pointer) {
    if (!value.is_number_integer() || (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(kUnbounded))) {
      return wrong(value, key, pointer);
    }
    const auto number = value.get<std::int64_t>();
    if (!within(key, number)) add(pointer, "is " + std::to_string(number) + ", wanted: " + describe(key));
  }
  void check_text(json& value, const Key& key, const std::string& pointer) {
    const auto text = value.get<std::string>();
    switch (key.type) {
      case ValueType::text:
        if (!within(key, static_cast<std::int64_t>(text.size()))) {
          add(pointer, "has " + std::to_string(text.size()) + " characters, wanted: " + describe(key));
        }
        return;
      case ValueType::slug:
        if (!is_slug(text)) add(pointer, in_quotes(text) + " is not " + describe(key));
        return;
      case ValueType::choice:
        if (!is_choice(text, key.choices)) {
          add(pointer, in_quotes(text) + " is none of " + choice_list(key.choices));
        }
        return;
      case ValueType::secret:
        // Not echoed: it may be the secret itself.
        if (!is_secret_place(text) && !(text.empty() && key.fallback != nullptr))
          add(pointer, "must be " + describe(key) + ", never the secret itself");
        return;
      case ValueType::duration: return measure(value, key, pointer, parse_duration(text));
      default:
        if (const auto bytes = parse_size(text)) return measure(value, key, pointer, Millis{static_cast<std::int64_t>(*bytes)});
        return measure(value, key, pointer, std::nullopt);
    }
  }
  // Replaces the text by what it means.
  void measure(json& value, const Key& key, const std::string& pointer, std::optional<Millis> measured) {
    if (!measured || !within(key, measured->count())) {
      return add(pointer, in_quotes(value.get<std::string>()) + " is not " + describe(key));
    }
    value = measured->count();
  }

  void wrong(const json& value, const Key& key, const std::string& pointer) {
    add(pointer, "is " + found(value) + ", wanted: " + describe(key));
  }

  Document& document_;
  Problems problems_;
};

}  // namespace

Problems check(Document& document, std::span<const Key> keys) {
  Checker checker(document);
  if (!document.root.is_object()) return {{document.file, 0, {}, "must be a table of keys"}};
  checker.check_table(document.root, keys, "");
  return checker.take();
}

std::string describe(const Key& key) {
  switch (key.type) {
    case ValueType::text: return key.min > 0 || key.max < kUnbounded ? "a text" + bounds(key) + " characters" : "a text";
    case ValueType::slug: return "a short name of lower-case letters, digits and hyphens (at most 63)";
    case ValueType::choice: return "one of " + choice_list(key.choices);
    case ValueType::boolean: return "true or false";
    case ValueType::integer: return "a whole number" + bounds(key);
    case ValueType::duration: return "a duration" + bounds(key) + ", like \"30 s\" (ms, s, min, h, d)";
    case ValueType::size: return "a size" + bounds(key) + ", like \"64 MiB\" (KiB, MiB, GiB, TiB)";
    case ValueType::secret: return "\"file:PATH\" or \"env:NAME\"";
    case ValueType::text_list: return key.choices.empty() ? "a list of texts" : "a list of " + choice_list(key.choices);
    case ValueType::duration_list: return "a list of durations" + bounds(key) + ", like [\"1 min\", \"15 min\"]";
    case ValueType::table:
    case ValueType::free_table:
    case ValueType::named_tables: return "a table";
    case ValueType::tables: return "a list of tables";
  }
  return "a value";
}

std::string fallback_toml(const Key& key) {
  if (key.fallback == nullptr) return {};
  std::string text = key.fallback;
  switch (key.type) {
    case ValueType::boolean:
    case ValueType::integer: return text;
    case ValueType::text_list:
    case ValueType::duration_list: {
      std::string list;
      for (const auto element : split(text)) list += (list.empty() ? "\"" : ", \"") + std::string(element) + '"';
      return '[' + list + ']';
    }
    case ValueType::tables: return "[]";
    case ValueType::free_table:
    case ValueType::named_tables: return "{}";
    default: return '"' + text + '"';
  }
}

}  // namespace messo
