#include "template/variable.hpp"

#include "model/names.hpp"

namespace messo {
namespace {

constexpr names::Row<VariableType> kTypes[] = {
    {VariableType::string, "string"},     {VariableType::text, "text"},     {VariableType::integer, "integer"},
    {VariableType::boolean, "boolean"},   {VariableType::date, "date"},     {VariableType::time, "time"},
    {VariableType::datetime, "datetime"}, {VariableType::amount, "amount"}, {VariableType::url, "url"},
    {VariableType::list, "list"},         {VariableType::object, "object"},
};

nlohmann::json example_of(const Variable& variable) {
  if (!variable.example.is_null()) return variable.example;
  if (variable.type == VariableType::object) return example_data(variable);
  if (variable.type == VariableType::list && variable.element() != nullptr) {
    auto element = example_of(*variable.element());
    if (!element.is_null()) return nlohmann::json::array({std::move(element)});
  }
  return nullptr;
}

nlohmann::json to_json(const Variable& variable) {
  nlohmann::json out = {{"type", to_string(variable.type)}};
  if (!variable.name.empty()) {
    out["name"] = variable.name;
    out["required"] = variable.required;
    out["personal"] = variable.personal;
  }
  if (!variable.description.empty()) out["description"] = variable.description;
  if (!variable.example.is_null()) out["example"] = variable.example;
  if (variable.type == VariableType::object) out["fields"] = variables_to_json(variable);
  if (variable.element() != nullptr) out["items"] = to_json(*variable.element());
  return out;
}

}  // namespace

std::string_view to_string(VariableType type) { return names::name_of<VariableType>(kTypes, type); }
std::optional<VariableType> parse_variable_type(std::string_view text) { return names::value_of<VariableType>(kTypes, text); }

std::string variable_type_names() {
  std::string out;
  for (const auto& [type, name] : kTypes) {
    if (!out.empty()) out += ", ";
    out += name;
  }
  return out;
}

const Variable* Variable::field(std::string_view field_name) const {
  for (const auto& candidate : fields) {
    if (candidate.name == field_name) return &candidate;
  }
  return nullptr;
}

nlohmann::json example_data(const Variable& root) {
  auto out = nlohmann::json::object();
  for (const auto& variable : root.fields) {
    auto value = example_of(variable);
    if (!value.is_null()) out[variable.name] = std::move(value);
  }
  return out;
}

nlohmann::json variables_to_json(const Variable& root) {
  auto out = nlohmann::json::array();
  for (const auto& variable : root.fields) out.push_back(to_json(variable));
  return out;
}

}  // namespace messo
