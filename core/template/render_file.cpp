#include "template/render_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "template/mustache.hpp"
#include "template/template_source.hpp"

namespace messo {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLargestData = 4 * 1024 * 1024;

Result<nlohmann::json> read_data(const fs::path& path) {
  if (path.empty()) return nlohmann::json::object();
  const auto text = read_text_file(path, kLargestData);
  if (!text) return fail(text.error());
  try {
    return nlohmann::json::parse(*text);
  } catch (const nlohmann::json::parse_error& error) {
    const auto before = std::string_view(*text).substr(0, error.byte == 0 ? 0 : error.byte - 1);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    return fail_field(fmt::format("{}:{}", path.string(), line), "data_not_json",
                      fmt::format("{}:{}: not valid JSON here: check commas, quotes and brackets", path.string(), line));
  }
}

// Reads and compiles each partial once; remembers the first failure, because a look-up cannot return one.
class PartialFolder {
 public:
  explicit PartialFolder(fs::path folder) : folder_(std::move(folder)) {}

  std::shared_ptr<const CompiledTemplate> find(std::string_view name) {
    const auto known = cache_.find(name);
    if (known != cache_.end()) return known->second;
    return cache_.emplace(name, load(std::string(name))).first->second;
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  std::shared_ptr<const CompiledTemplate> load(const std::string& name) {
    const fs::path relative(name + ".mustache");
    const bool escapes = relative.is_absolute() || std::find(relative.begin(), relative.end(), "..") != relative.end();
    const auto path = folder_ / relative;
    auto source = escapes ? fail_field(name, "partial_name", fmt::format("partial \"{}\" is outside of its folder: use a plain name", name))
                          : read_text_file(path, MustacheLimits{}.source_bytes);
    if (!source) return remember(std::move(source.error()));
    auto compiled = CompiledTemplate::compile(std::move(*source), {.name = path.string()});
    if (!compiled) return remember(to_error(compiled.error(), path.string()));
    return std::move(*compiled);
  }
  std::shared_ptr<const CompiledTemplate> remember(Error error) {
    if (!error_) error_ = std::move(error);
    return nullptr;
  }

  fs::path folder_;
  std::map<std::string, std::shared_ptr<const CompiledTemplate>, std::less<>> cache_;
  std::optional<Error> error_;
};

}  // namespace

std::optional<Escape> parse_escape(std::string_view text) {
  if (text == "html") return Escape::html;
  if (text == "none") return Escape::none;
  return {};
}

Result<std::string> render_file(const RenderFileRequest& request) {
  auto source = read_text_file(request.file, MustacheLimits{}.source_bytes);
  if (!source) return fail(std::move(source.error()));
  const auto data = read_data(request.data);
  if (!data) return fail(data.error());
  const auto compiled = CompiledTemplate::compile(std::move(*source), {.name = request.file.string()});
  if (!compiled) return fail(to_error(compiled.error(), request.file.string()));

  PartialFolder folder(request.partials.empty() ? request.file.parent_path() : request.partials);
  RenderOptions options;
  options.escape = request.escape;
  auto text = render(
      **compiled, *data, [&](std::string_view name, std::string_view) { return folder.find(name); }, options);
  if (folder.error()) return fail(*folder.error());
  return text;
}

}  // namespace messo
