#include "template/quick_json.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "template/escape.hpp"

namespace messo {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::size_t kLargestKept = 16 * 1024;  // a parser keeps some twenty times the largest text it has read

class TreeBuilder {
 public:
  explicit TreeBuilder(const JsonLimits& limits) : limits_(limits) {}

  // False: refused. `depth` containers are open around it.
  bool build(const element& from, std::size_t depth, nlohmann::json& to) {
    if (++values_ > limits_.values) return false;
    switch (from.type()) {
      case element_type::OBJECT: return depth < limits_.depth && build_object(from.get_object().value_unsafe(), depth + 1, to);
      case element_type::ARRAY: return depth < limits_.depth && build_array(from.get_array().value_unsafe(), depth + 1, to);
      case element_type::STRING: {
        const std::string_view text = from.get_string().value_unsafe();
        to = text;
        return find_control(text) == std::string_view::npos;
      }
      case element_type::INT64: {
        const std::int64_t number = from.get_int64().value_unsafe();
        if (number < 0)
          to = number;
        else
          to = static_cast<std::uint64_t>(number);
        return true;
      }
      case element_type::UINT64: to = from.get_uint64().value_unsafe(); return true;
      case element_type::DOUBLE: to = from.get_double().value_unsafe(); return true;
      case element_type::BOOL: to = from.get_bool().value_unsafe(); return true;
      case element_type::NULL_VALUE: return true;
    }
    return false;
  }

 private:
  bool build_object(const simdjson::dom::object& from, std::size_t depth, nlohmann::json& to) {
    to = nlohmann::json::object();
    auto& members = to.get_ref<nlohmann::json::object_t&>();
    for (const auto field : from) {
      const auto [at, is_new] = members.try_emplace(std::string(field.key));
      if (!is_new || !build(field.value, depth, at->second)) return false;
    }
    return true;
  }
  bool build_array(const simdjson::dom::array& from, std::size_t depth, nlohmann::json& to) {
    to = nlohmann::json::array();
    auto& items = to.get_ref<nlohmann::json::array_t&>();
    items.reserve(std::min(from.size(), limits_.values));
    for (const auto item : from) {
      if (!build(item, depth, items.emplace_back())) return false;
    }
    return true;
  }

  const JsonLimits& limits_;
  std::size_t values_ = 0;
};

std::optional<nlohmann::json> read_with(simdjson::dom::parser& parser, std::string_view text, const JsonLimits& limits) {
  element root;
  nlohmann::json out;
  if (parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS || !TreeBuilder(limits).build(root, 0, out)) return {};
  return out;
}

std::string dumped(const nlohmann::json& value) { return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  const bool as_it_is =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }) &&
      find_invalid_utf8(text) == std::string_view::npos;
  if (!as_it_is) {
    out += dumped(text);
    return;
  }
  out += '"';
  out += text;
  out += '"';
}

void append_json(std::string& out, const nlohmann::json& value) {
  switch (value.type()) {
    case nlohmann::json::value_t::string: return append_json_string(out, value.get_ref<const std::string&>());
    case nlohmann::json::value_t::object: {
      char before = '{';
      for (const auto& [name, member] : value.get_ref<const nlohmann::json::object_t&>()) {
        out += std::exchange(before, ',');
        append_json_string(out, name);
        out += ':';
        append_json(out, member);
      }
      out += before == '{' ? "{}" : "}";
      return;
    }
    case nlohmann::json::value_t::array: {
      char before = '[';
      for (const auto& item : value) {
        out += std::exchange(before, ',');
        append_json(out, item);
      }
      out += before == '[' ? "[]" : "]";
      return;
    }
    default: out += dumped(value);
  }
}

std::optional<nlohmann::json> read_json_quickly(std::string_view text, const JsonLimits& limits) {
  if (text.size() > kLargestKept) {
    simdjson::dom::parser parser;
    return read_with(parser, text, limits);
  }
  thread_local simdjson::dom::parser parser;
  return read_with(parser, text, limits);
}

}  // namespace messo
