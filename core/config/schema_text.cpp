#include "config/schema_text.hpp"

namespace messo {
namespace {

constexpr std::size_t kWidth = 110;

// "# " and words, wrapped.
std::string comment(std::string_view text) {
  std::string out;
  std::string line = "#";
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (line.size() + 1 + end > kWidth) {
      out += line + '\n';
      line = "#";
    }
    line += ' ' + std::string(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out + line + '\n';
}

bool is_section(const Key& key) {
  return key.type == ValueType::table || key.type == ValueType::tables || key.type == ValueType::named_tables;
}

void toml_section(std::string& out, std::span<const Key> keys, const std::string& path) {
  for (const Key& key : keys) {
    if (is_section(key)) continue;
    std::string about(key.description);
    if (key.type != ValueType::text && key.type != ValueType::boolean) about += " Wanted: " + describe(key) + '.';
    if (key.reload == Reload::live) about += " Taken over at SIGHUP.";
    out += '\n' + comment(about) + std::string(key.name) + " = " + fallback_toml(key) + '\n';
  }
  for (const Key& key : keys) {
    if (!is_section(key)) continue;
    const std::string name = (path.empty() ? "" : path + '.') + std::string(key.name);
    out += (out.empty() ? "" : "\n\n") + comment(key.description) + '[' + name + "]\n";
    toml_section(out, key.keys, name);
  }
}

std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) c == '|' ? out += "\\|" : out += c;
  return out;
}
std::string fallback_cell(const Key& key) {
  if (key.required) return "required";
  const std::string fallback = fallback_toml(key);
  return fallback.empty() ? "-" : '`' + fallback + '`';
}

std::string heading(const Key& key, const std::string& path) {
  switch (key.type) {
    case ValueType::tables: return "`[[" + path + "]]`";
    case ValueType::named_tables: return "`[" + path + ".NAME]`";
    default: return "`[" + path + "]`";
  }
}

void markdown_section(std::string& out, const Key& section, const std::string& path, bool reload) {
  out += (out.empty() ? "## " : "\n## ") + heading(section, path) + "\n\n" + std::string(section.description) + "\n";
  bool first = true;
  for (const Key& key : section.keys) {
    if (is_section(key)) continue;
    if (first)
      out += reload ? "\n| key | value | default | a change counts | meaning |\n|---|---|---|---|---|\n"
                    : "\n| key | value | default | meaning |\n|---|---|---|---|\n";
    first = false;
    out += "| `" + std::string(key.name) + "` | " + cell(describe(key)) + " | " + fallback_cell(key) + " | ";
    if (reload) out += key.reload == Reload::live ? "at SIGHUP | " : "at a restart | ";
    out += cell(key.description) + " |\n";
  }
  for (const Key& key : section.keys) {
    if (is_section(key)) markdown_section(out, key, path + '.' + std::string(key.name), reload);
  }
}

}  // namespace

std::string to_commented_toml(std::span<const Key> keys) {
  std::string out;
  toml_section(out, keys, {});
  return out;
}

std::string to_markdown(std::span<const Key> keys, bool reload) {
  std::string out;
  for (const Key& key : keys) markdown_section(out, key, std::string(key.name), reload);
  return out;
}

}  // namespace messo
