// links: messo_template
// Hostile templates, partials and data. The input is TEMPLATE, PARTIAL and JSON DATA, separated by lines of "===". Whatever they are,
// compiling and rendering end, stay below the caps, give the same bytes twice, and never let data out of HTML or a second line into a
// subject.
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "template/definition.hpp"
#include "template/lint.hpp"
#include "template/mustache.hpp"
#include "template/variable.hpp"

namespace {

using namespace messo;

constexpr std::string_view kSeparator = "\n===\n";

std::string_view take(std::string_view& rest) {
  const auto at = std::min(rest.find(kSeparator), rest.size());
  const auto piece = rest.substr(0, at);
  rest.remove_prefix(std::min(at + kSeparator.size(), rest.size()));
  return piece;
}

void require(bool holds) {
  if (!holds) std::abort();
}

// One variable of each type, named like it.
Variable all_types() {
  Variable root;
  root.type = VariableType::object;
  for (const auto type : {VariableType::string, VariableType::text, VariableType::integer, VariableType::boolean, VariableType::date,
                          VariableType::time, VariableType::datetime, VariableType::amount, VariableType::url, VariableType::list}) {
    Variable variable;
    variable.name = to_string(type);
    variable.type = type;
    if (type == VariableType::list) variable.items.emplace_back();
    root.fields.push_back(std::move(variable));
  }
  return root;
}

void render_every_way(const CompiledTemplate& compiled, const PartialLookup& partials, const nlohmann::json& data) {
  static const Variable types = all_types();
  for (const auto escape : {Escape::none, Escape::html, Escape::markdown}) {
    for (const auto* known : {static_cast<const Variable*>(nullptr), &types}) {
      RenderOptions options;
      options.escape = escape;
      options.types = known;
      options.limits.output_bytes = 64 * 1024;
      options.limits.steps = 20'000;
      const auto text = render(compiled, data, partials, options);
      const auto again = render(compiled, data, partials, options);
      require(text.has_value() == again.has_value());
      require(text ? *text == *again && text->size() <= options.limits.output_bytes : !text.error().message.empty());
      if (text) require(to_single_line(*text).find_first_of("\r\n\t") == std::string::npos);
    }
  }
}

void lint_it(std::string_view source, std::string_view partial) {
  TemplateFiles files{
      {"template.toml",
       "key = \"t\"\ntitle = \"t\"\nclass = \"courtesy\"\nlanguage = \"it\"\n[variables.a]\ntype = \"string\"\nexample = \"x\"\n"},
      {"it/email.subject.mustache", "x"},
      {"it/email.text.mustache", std::string(source)},
      {"it/email.html.mustache", std::string(source)},
      {"_partials/p.mustache", std::string(partial)}};
  const auto definition = parse_definition(std::move(files), "t");
  if (definition) (void)lint(*definition);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(bytes), size);
  const auto source = take(rest), partial_source = take(rest);
  std::string escaped;
  append_escaped(escaped, rest, Escape::html);
  require(escaped.find_first_of("<>\"'") == std::string::npos);

  lint_it(source, partial_source);
  const auto compiled = CompiledTemplate::compile(std::string(source), {.name = "fuzz", .message = size % 2 == 0});
  if (!compiled) {
    require(!compiled.error().sentence.empty() && compiled.error().position.line > 0 && compiled.error().position.column > 0);
    return 0;
  }
  const auto partial = CompiledTemplate::compile(std::string(partial_source), {.name = "p"});
  auto data = nlohmann::json::parse(rest, nullptr, false);
  if (data.is_discarded()) data = nlohmann::json::object();
  render_every_way(
      **compiled, [&](auto, auto) { return partial ? *partial : *compiled; }, data);
  return 0;
}
