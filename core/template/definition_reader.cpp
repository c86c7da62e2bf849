#include "template/definition_reader.hpp"

#include <algorithm>
#include <array>

#include "config/document.hpp"
#include "config/schema.hpp"
#include "template/data_validation.hpp"
#include "template/format.hpp"

namespace messo {
namespace {

using Json = nlohmann::json;

constexpr Key kStepKeys[] = {
    {.name = "channel",
     .type = ValueType::choice,
     .description = "Channel of this step.",
     .required = true,
     .choices = "pec|email|sms|push|io|webhook"},
    {.name = "pool", .type = ValueType::slug, .description = "Pool of providers; the channel's own when not given."},
    {.name = "success",
     .type = ValueType::choice,
     .description = "What counts as success.",
     .fallback = "sent",
     .choices = "sent|delivered|read"},
    {.name = "wait", .type = ValueType::duration, .description = "How long until the next step may start.", .min = 1000},
};
constexpr Key kSmsKeys[] = {
    {.name = "policy",
     .type = ValueType::choice,
     .description = "What may be done about characters that are not in the GSM alphabet.",
     .fallback = "transliterate",
     .choices = "gsm-only|transliterate|unicode"},
    {.name = "max_segments",
     .type = ValueType::integer,
     .description = "Messages one text may take at most; a longer one is refused.",
     .fallback = "6",
     .min = 1,
     .max = sms::kMostParts},
};
constexpr Key kTemplateKeys[] = {
    {.name = "key", .type = ValueType::slug, .description = "The template's name for applications: the folder's name.", .required = true},
    {.name = "title", .type = ValueType::text, .description = "The template's name for people.", .required = true, .min = 1, .max = 200},
    {.name = "class",
     .type = ValueType::choice,
     .description = "Whether messages have legal value.",
     .required = true,
     .choices = "legal|courtesy"},
    {.name = "language", .type = ValueType::text, .description = "The language used when the wanted one is not there.", .required = true},
    {.name = "zone", .type = ValueType::text, .description = "Time zone dates and times are shown in.", .fallback = "Europe/Rome"},
    {.name = "plan", .type = ValueType::tables, .description = "Default plan: steps in order.", .keys = kStepKeys},
    {.name = "sms", .type = ValueType::table, .description = "How its SMS are sent.", .keys = kSmsKeys},
    {.name = "variables", .type = ValueType::free_table, .description = "The variables, each a table."},
};
constexpr std::array<std::string_view, 7> kVariableKeys{"type", "required", "personal", "description", "example", "fields", "items"};
constexpr int kDeepestVariable = 8;

class Reader {
 public:
  explicit Reader(Document document) : document_(std::move(document)) {}
  tl::expected<TemplateDefinition, Problems> run();

 private:
  void problem(std::string_view pointer, std::string message) {
    problems_.push_back({document_.file, document_.line_of(pointer), std::string(pointer), std::move(message)});
  }
  void read_plan(TemplateDefinition& out);
  std::vector<Variable> read_variables(const Json& table, const std::string& pointer, int depth);
  Variable read_variable(const std::string& name, const Json& table, const std::string& pointer, int depth);
  void read_element(Variable& variable, const Json& table, const std::string& pointer, int depth);
  void check_keys(const Json& table, const std::string& pointer);
  void check_example(const Variable& variable, const std::string& pointer);
  std::optional<VariableType> read_type(const Json& table, const char* key, const std::string& pointer);
  bool flag(const Json& table, const char* key, bool fallback, const std::string& pointer);

  Document document_;
  Problems problems_;
};

tl::expected<TemplateDefinition, Problems> Reader::run() {
  if (auto found = check(document_, kTemplateKeys); !found.empty()) return tl::unexpected(std::move(found));
  const auto& root = document_.root;
  TemplateDefinition out;
  out.key = root["key"];
  out.title = root["title"];
  out.template_class = *parse_template_class(root["class"].get<std::string>());
  out.default_language = root["language"];
  out.zone = root["zone"];
  if (!is_language_tag(out.default_language)) problem("/language", "a language tag like \"it\" or \"de-IT\" is wanted");
  if (!is_time_zone(out.zone)) problem("/zone", "there is no such time zone; write an IANA name like \"Europe/Rome\"");
  read_plan(out);
  out.sms.policy = *sms::parse_policy(root["sms"]["policy"].get<std::string>());
  out.sms.max_segments = root["sms"]["max_segments"].get<unsigned>();
  out.variables.type = VariableType::object;
  if (root.contains("variables")) out.variables.fields = read_variables(root["variables"], "/variables", 1);
  if (!problems_.empty()) return tl::unexpected(std::move(problems_));
  return out;
}

void Reader::read_plan(TemplateDefinition& out) {
  if (!document_.root.contains("plan")) return;
  for (const auto& step : document_.root["plan"]) {
    StepSpec spec;
    spec.channel = *parse_channel(step["channel"].get<std::string>());
    spec.pool = step.value("pool", "");
    spec.success = *parse_success_rule(step["success"].get<std::string>());
    if (step.contains("wait")) spec.wait = std::chrono::duration_cast<Seconds>(Millis{step["wait"].get<std::int64_t>()});
    const auto pointer = "/plan/" + std::to_string(out.plan.size());
    if (!can_reach(spec.channel, spec.success)) {
      problem(pointer + "/success", "channel \"" + std::string(to_string(spec.channel)) + "\" never reports \"" +
                                        std::string(to_string(spec.success)) + "\"; write success = \"sent\"");
    }
    out.plan.push_back(std::move(spec));
  }
}

std::vector<Variable> Reader::read_variables(const Json& table, const std::string& pointer, int depth) {
  std::vector<Variable> out;
  if (!table.is_object()) {
    problem(pointer, "a table of variables is wanted: [variables.name]");
    return out;
  }
  if (depth > kDeepestVariable) {
    problem(pointer, "objects are nested too deeply; use fewer levels");
    return out;
  }
  for (const auto& [name, value] : table.items()) out.push_back(read_variable(name, value, pointer + "/" + escape_pointer(name), depth));
  std::stable_sort(out.begin(), out.end(), [](const Variable& a, const Variable& b) { return a.line < b.line; });
  return out;
}

bool is_variable_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && name.size() <= 64 && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '-'; });
}

// What is said of an object or a list holds for everything in it.
void mark_personal(std::vector<Variable>& variables) {
  for (auto& variable : variables) {
    variable.personal = true;
    mark_personal(variable.fields);
    mark_personal(variable.items);
  }
}

Variable Reader::read_variable(const std::string& name, const Json& table, const std::string& pointer, int depth) {
  Variable out;
  out.name = name;
  out.line = document_.line_of(pointer);
  if (!is_variable_name(name)) problem(pointer, "a variable's name is made of letters, digits, \"_\" and \"-\", and begins with a letter");
  if (depth == 1 && (name == "in" || name == "language"))
    problem(pointer, "this name has a meaning of its own in templates; choose another");
  if (!table.is_object()) {
    problem(pointer, "a table is wanted, with at least: type = \"string\"");
    return out;
  }
  check_keys(table, pointer);
  out.type = read_type(table, "type", pointer).value_or(VariableType::string);
  out.required = flag(table, "required", true, pointer);
  out.personal = flag(table, "personal", false, pointer);
  if (table.contains("description") && table["description"].is_string()) out.description = table["description"];
  if (out.type == VariableType::object) {
    if (!table.contains("fields")) problem(pointer, "an object needs its fields: [" + to_toml_key(pointer) + ".fields.name]");
    if (table.contains("fields")) out.fields = read_variables(table["fields"], pointer + "/fields", depth + 1);
  } else if (out.type == VariableType::list) {
    read_element(out, table, pointer, depth);
  } else if (table.contains("fields") || table.contains("items")) {
    problem(pointer, "only an object has fields, only a list has items");
  }
  if (out.personal) {
    mark_personal(out.fields);
    mark_personal(out.items);
  }
  if (table.contains("example")) {
    out.example = table["example"];
    check_example(out, pointer + "/example");
  }
  return out;
}

void Reader::read_element(Variable& variable, const Json& table, const std::string& pointer, int depth) {
  Variable element;
  element.line = variable.line;
  const bool has_fields = table.contains("fields");
  element.type = has_fields ? VariableType::object : VariableType::string;
  if (table.contains("items")) element.type = read_type(table, "items", pointer).value_or(element.type);
  if (element.type == VariableType::list) problem(pointer + "/items", "a list of lists is not supported; use a list of objects");
  if ((element.type == VariableType::object) != has_fields)
    problem(pointer, "a list of objects needs its fields: [" + to_toml_key(pointer) + ".fields.name]");
  if (has_fields) element.fields = read_variables(table["fields"], pointer + "/fields", depth + 1);
  variable.items.push_back(std::move(element));
}

void Reader::check_keys(const Json& table, const std::string& pointer) {
  for (const auto& [key, value] : table.items()) {
    if (std::find(kVariableKeys.begin(), kVariableKeys.end(), key) != kVariableKeys.end()) continue;
    const auto near = nearest_word(key, kVariableKeys);
    const auto remedy = near.empty() ? "known ones are type, required, personal, description, example, fields, items"
                                     : "did you mean \"" + std::string(near) + "\"?";
    problem(pointer + "/" + escape_pointer(key), "there is no such key; " + remedy);
  }
  if (table.contains("description") && !table["description"].is_string()) problem(pointer + "/description", "a text is wanted");
}

std::optional<VariableType> Reader::read_type(const Json& table, const char* key, const std::string& pointer) {
  const auto found = table.find(key);
  if (found == table.end()) {
    problem(pointer, std::string("the key \"") + key + "\" is missing; one of " + variable_type_names());
    return {};
  }
  const auto type = found->is_string() ? parse_variable_type(found->get<std::string>()) : std::nullopt;
  if (!type) problem(pointer + "/" + key, "there is no such type; one of " + variable_type_names());
  return type;
}

bool Reader::flag(const Json& table, const char* key, bool fallback, const std::string& pointer) {
  const auto found = table.find(key);
  if (found == table.end()) return fallback;
  if (found->is_boolean()) return found->get<bool>();
  problem(pointer + "/" + key, "true or false is wanted");
  return fallback;
}

void Reader::check_example(const Variable& variable, const std::string& pointer) {
  if (variable.example.is_binary()) {
    problem(pointer, "write dates and times as text, between quotes: example = \"2026-11-22\"");
    return;
  }
  for (const auto& wrong : validate_value(variable.example, variable, pointer)) {
    problem(pointer, (wrong.field == pointer ? "" : wrong.field.substr(pointer.size()) + ": ") + wrong.message);
  }
}

}  // namespace

tl::expected<TemplateDefinition, Problems> read_template_toml(std::string_view text, const std::string& file) {
  auto document = parse_toml(text, file);
  if (!document) return tl::unexpected(std::move(document.error()));
  return Reader(std::move(*document)).run();
}

}  // namespace messo
