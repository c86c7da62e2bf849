// Rendering a Mustache file without a daemon: what `messo template render` does.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "template/escape.hpp"

namespace messo {

struct RenderFileRequest {
  std::filesystem::path file;      // the template
  std::filesystem::path data;      // JSON; empty: {}
  std::filesystem::path partials;  // folder of NAME.mustache; empty: the template's own folder
  Escape escape = Escape::html;
};

// Plain Mustache: no types, no languages. Reads the files, writes nothing. Errors name file, line and column; a partial that is not there
// is one, so that a misspelt name is seen. At most 4 MiB of data and of output.
Result<std::string> render_file(const RenderFileRequest& request);
// "html", "none"; nullopt otherwise.
std::optional<Escape> parse_escape(std::string_view text);

}  // namespace messo
