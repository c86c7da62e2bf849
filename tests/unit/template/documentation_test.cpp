// docs/templates.md promises what typed values print: its table is checked here, so is its example of template.toml.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "template/definition_reader.hpp"
#include "template/mustache.hpp"

namespace messo {
namespace {

std::string read_page() {
  std::ostringstream out;
  out << std::ifstream("docs/templates.md").rdbuf();
  return out.str();
}

std::string plain(std::string cell) {
  const auto first = cell.find_first_not_of(" `"), last = cell.find_last_not_of(" `");
  return first == std::string::npos ? "" : cell.substr(first, last - first + 1);
}

std::vector<std::string> cells(const std::string& row) {
  std::vector<std::string> out;
  std::istringstream in(row);
  for (std::string cell; std::getline(in, cell, '|');) out.push_back(plain(cell));
  return out;
}

std::string show(const Variable& root, const std::string& source, const nlohmann::json& data, std::string_view language) {
  const auto compiled = CompiledTemplate::compile(source, {.name = source, .message = true});
  RenderOptions options;
  options.escape = Escape::none;
  options.types = &root;
  options.format.locale = find_locale(language);
  return render(**compiled, data, {}, options).value();
}

TEST(Documentation, typed_values_print_what_the_table_says) {
  std::istringstream page(read_page());
  int rows = 0;
  for (std::string line; std::getline(page, line);) {
    const auto row = cells(line);
    if (row.size() != 6) continue;
    const auto type = parse_variable_type(row[1]);
    if (!type) continue;
    Variable root, variable;
    root.type = VariableType::object;
    variable.name = "v";
    variable.type = *type;
    if (*type == VariableType::list) variable.items.emplace_back();
    root.fields.push_back(variable);
    const nlohmann::json data = {{"v", nlohmann::json::parse(row[2])}};
    EXPECT_EQ(show(root, row[3], data, "it"), row[4]) << line;
    EXPECT_EQ(show(root, row[3], data, "de"), row[5]) << line;
    ++rows;
  }
  EXPECT_GT(rows, 20);
}

TEST(Documentation, the_example_of_template_toml_is_valid) {
  const auto page = read_page();
  const std::string fence = "```toml\n";
  const auto begin = page.find(fence) + fence.size();
  const auto read = read_template_toml(page.substr(begin, page.find("```", begin) - begin), "docs/templates.md");
  EXPECT_TRUE(read) << to_text(read.error());
}

}  // namespace
}  // namespace messo
