// JSON as the hub reads and writes it for every message: read with simdjson, written without the library's detours. Pure.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace messo {

struct JsonLimits {
  std::size_t depth = 32;
  std::size_t values = 100'000;
};

// The value that nlohmann::json::parse gives, where `text` is JSON (RFC 8259) within the limits, names no member twice and holds no control
// character but tab and line breaks. Nothing otherwise: a slower reader may still take it, or say what is wrong with it.
std::optional<nlohmann::json> read_json_quickly(std::string_view text, const JsonLimits& limits = {});

// What value.dump() gives, appended; invalid UTF-8 is replaced.
void append_json(std::string& out, const nlohmann::json& value);
// A text as a JSON string, likewise.
void append_json_string(std::string& out, std::string_view text);

}  // namespace messo
