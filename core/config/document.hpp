// A configuration document: TOML or JSON text as one JSON value, with the line of every key. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "config/problems.hpp"

namespace messo {

// TOML dates and times, which no configuration of ours uses, appear as JSON binary values, so that they are no text by mistake.
struct Document {
  std::string file;  // as named in messages; empty for what came over HTTP
  nlohmann::json root = nlohmann::json::object();
  std::map<std::string, std::uint32_t> lines;  // JSON pointer -> line, from 1; empty for JSON

  // Line of the value at `pointer` or of the nearest value around it; 0 when unknown.
  std::uint32_t line_of(std::string_view pointer) const;
};

// Reads TOML 1.0. On a syntax error: one problem with its line. `text` may be hostile.
tl::expected<Document, Problems> parse_toml(std::string_view text, std::string file);
// Reads the file; a problem when it cannot be read or is over 4 MiB.
tl::expected<Document, Problems> read_toml_file(const std::string& path);

}  // namespace messo
