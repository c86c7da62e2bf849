#include "config/document.hpp"

#include <fstream>
#include <sstream>

#include "base/toml.hpp"

namespace messo {
namespace {

constexpr std::uintmax_t kLargestFile = 4U << 20;

class Converter {
 public:
  explicit Converter(Document& document) : document_(document) {}

  nlohmann::json convert(const toml::node& node, const std::string& pointer) {
    document_.lines.try_emplace(pointer, node.source().begin.line);
    if (const auto* table = node.as_table()) return convert_table(*table, pointer);
    if (const auto* array = node.as_array()) {
      auto out = nlohmann::json::array();
      std::size_t index = 0;
      for (const auto& element : *array) out.push_back(convert(element, pointer + '/' + std::to_string(index++)));
      return out;
    }
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* integer = node.as_integer()) return integer->get();
    if (const auto* number = node.as_floating_point()) return number->get();
    if (const auto* boolean = node.as_boolean()) return boolean->get();
    return nlohmann::json::binary({});
  }

 private:
  nlohmann::json convert_table(const toml::table& table, const std::string& pointer) {
    auto out = nlohmann::json::object();
    for (const auto& [key, value] : table) {
      const std::string child = pointer + '/' + escape_pointer(key.str());
      document_.lines[child] = key.source().begin.line;
      out[std::string(key.str())] = convert(value, child);
    }
    return out;
  }

  Document& document_;
};

}  // namespace

std::uint32_t Document::line_of(std::string_view pointer) const {
  for (;;) {
    if (const auto at = lines.find(std::string(pointer)); at != lines.end()) return at->second;
    const auto slash = pointer.rfind('/');
    if (slash == std::string_view::npos) return 0;
    pointer = pointer.substr(0, slash);
  }
}

tl::expected<Document, Problems> parse_toml(std::string_view text, std::string file) {
  Document document;
  document.file = std::move(file);
  try {
    const toml::table table = toml::parse(text, document.file);
    document.root = Converter(document).convert(table, "");
    document.lines[""] = 0;
  } catch (const toml::parse_error& error) {
    const Problem problem{document.file, error.source().begin.line, {}, "this is not TOML: " + std::string(error.description())};
    return tl::unexpected(Problems{problem});
  }
  return document;
}

tl::expected<Document, Problems> read_toml_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    return tl::unexpected(Problems{{path, 0, {}, "cannot be read or is empty: check that it exists and that this user may read it"}});
  }
  if (static_cast<std::uintmax_t>(text.tellp()) > kLargestFile) {
    return tl::unexpected(Problems{{path, 0, {}, "is over 4 MiB: this cannot be a configuration"}});
  }
  return parse_toml(text.str(), path);
}

}  // namespace messo
