#include "template/template_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "template/mustache.hpp"

namespace messo {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kLargestFile = 256 * 1024;

bool hidden(const fs::path& path) { return path.filename().string().starts_with('.'); }

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (!hidden(it->path())) out.push_back(it->path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

bool is_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

void add_file(const fs::path& path, const std::string& name, TemplateFiles& files, Problems& problems) {
  auto bytes = read_text_file(path, kLargestFile);
  if (bytes) {
    files.emplace(name, std::move(*bytes));
  } else {
    problems.push_back({path.string(), 0, "", bytes.error().message});
  }
}

// Two levels: files, and the files of each language's folder.
TemplateFiles read_folder(const fs::path& folder, Problems& problems) {
  TemplateFiles files;
  for (const auto& entry : sorted_entries(folder)) {
    const auto name = entry.filename().string();
    if (!is_folder(entry)) {
      add_file(entry, name, files, problems);
      continue;
    }
    for (const auto& inner : sorted_entries(entry)) {
      if (is_folder(inner)) {
        problems.push_back({inner.string(), 0, "", "folders do not go deeper than the language; move its files up"});
      } else {
        add_file(inner, name + "/" + inner.filename().string(), files, problems);
      }
    }
  }
  return files;
}

// Partials named in a source; none when it cannot be compiled, which lint reports with its line.
std::vector<std::string> included(const std::string& source) {
  const auto compiled = CompiledTemplate::compile(source, {.name = {}, .message = true});
  return compiled ? (*compiled)->partials() : std::vector<std::string>{};
}

void add_partials(TemplateFiles& files, const TemplateFiles& shared) {
  std::vector<std::string> sources;
  for (const auto& [path, bytes] : files) {
    if (path != "template.toml") sources.push_back(bytes);
  }
  while (!sources.empty()) {
    const auto source = std::move(sources.back());
    sources.pop_back();
    for (const auto& name : included(source)) {
      const auto file_name = name + ".mustache";
      for (const auto& [path, bytes] : shared) {
        if (path != file_name && !path.ends_with("/" + file_name)) continue;
        if (files.emplace("_partials/" + path, bytes).second) sources.push_back(bytes);
      }
    }
  }
}

// Where a file of a definition goes on disk.
fs::path place(const TemplateDefinition& definition, const std::string& path, const fs::path& directory) {
  return path.starts_with("_partials/") ? directory / path : directory / definition.key / path;
}

Status write_file(const fs::path& path, std::string_view bytes) {
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out)
    return fail(ErrorKind::unavailable, "file_not_written",
                fmt::format("\"{}\" cannot be written: check the folder's permissions.", path.string()));
  return {};
}

}  // namespace

Result<std::string> read_text_file(const fs::path& path, std::size_t most) {
  std::ifstream in(path, std::ios::binary);
  if (!in || is_folder(path))
    return fail(ErrorKind::not_found, "file_not_readable",
                fmt::format("\"{}\" cannot be read: check its name and permissions.", path.string()));
  std::string bytes;
  char buffer[16 * 1024];
  while (in.read(buffer, sizeof buffer) || in.gcount() > 0) {
    bytes.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (bytes.size() > most)
      return fail(ErrorKind::too_large, "file_too_large", fmt::format("\"{}\" is larger than {} bytes.", path.string(), most));
  }
  return bytes;
}

tl::expected<TemplateDefinition, Problems> load_template(const fs::path& folder) {
  const auto clean = fs::absolute(folder).lexically_normal();
  const auto home = clean.has_filename() ? clean : clean.parent_path();
  Problems problems;
  auto files = read_folder(home, problems);
  const auto shared = read_folder(home.parent_path() / "_partials", problems);
  add_partials(files, shared);
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  auto definition = parse_definition(std::move(files), folder.string());
  if (definition && definition->key != home.filename().string()) {
    return tl::unexpected(Problems{
        {(folder / "template.toml").string(), 0, "/key",
         fmt::format("it is \"{}\", but the folder is named \"{}\": make them equal", definition->key, home.filename().string())}});
  }
  return definition;
}

std::vector<fs::path> find_templates(const fs::path& directory) {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& entry : sorted_entries(directory)) {
    if (fs::is_regular_file(entry / "template.toml", error)) out.push_back(entry);
  }
  return out;
}

Status export_template(const TemplateDefinition& definition, const fs::path& directory, bool overwrite) {
  if (!is_template_key(definition.key)) return fail(ErrorKind::corrupt, "template_corrupt", "The template's key is not a valid name.");
  std::error_code error;
  for (const auto& [path, bytes] : definition.files) {
    const auto target = place(definition, path, directory);
    if (overwrite || !fs::exists(target, error)) continue;
    const auto present = read_text_file(target, kLargestFile);
    if (present && *present == bytes) continue;
    return fail(ErrorKind::conflict, "template_file_differs",
                fmt::format("\"{}\" is there with other content: export to another folder, or ask to overwrite.", target.string()));
  }
  for (const auto& [path, bytes] : definition.files) {
    if (auto written = write_file(place(definition, path, directory), bytes); !written) return written;
  }
  return {};
}

}  // namespace messo
