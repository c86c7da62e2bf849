#include "sms_http/text_template.hpp"

#include <algorithm>
#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "base/percent.hpp"

namespace messo::sms_http {
namespace {

constexpr std::size_t kLargestTemplate = 16 << 10;

bool is_value_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

tl::unexpected<Error> bad_template(std::string sentence) { return fail(ErrorKind::invalid, "bad_template", std::move(sentence)); }

// The names a template uses; refuses every tag that the library knows and a description does not need.
Result<std::set<std::string>> names_in(std::string_view source) {
  std::set<std::string> names;
  for (std::size_t at = source.find("{{"); at != std::string_view::npos; at = source.find("{{", at)) {
    const auto end = source.find("}}", at);
    if (end == std::string_view::npos) return bad_template("a tag {{ is not closed: write }} after the name");
    auto tag = source.substr(at + 2, end - at - 2);
    at = end + 2;
    if (tag.starts_with('!')) continue;
    if (tag.starts_with('{') || tag.starts_with('&'))
      return bad_template("{{{name}}} and {{&name}} would leave a value unescaped: write {{name}}");
    if (tag.starts_with('>') || tag.starts_with('=')) return bad_template("partials and other delimiters are not for descriptions");
    if (tag.starts_with('#') || tag.starts_with('^') || tag.starts_with('/')) tag.remove_prefix(1);
    tag = without_blanks(tag);
    if (!is_value_name(tag))
      return bad_template("\"" + std::string(tag.substr(0, 40)) + "\" is no name: use lower-case letters, digits and _");
    names.emplace(tag);
  }
  return names;
}

std::string json_escaped(const std::string& text) {
  const std::string quoted = nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

}  // namespace

Result<TextTemplate> TextTemplate::compile(std::string source, Escaping escaping) {
  if (source.size() > kLargestTemplate) return bad_template("is over 16 KiB");
  auto names = names_in(source);
  if (!names) return fail(std::move(names.error()));
  if (const kainjow::mustache::mustache parsed(source); !parsed.is_valid())
    return bad_template("is no Mustache: " + parsed.error_message());
  TextTemplate out;
  out.source_ = std::move(source);
  out.names_.assign(names->begin(), names->end());
  out.escaping_ = escaping;
  return out;
}

// Parsed at each use, for a parsed one is changed by rendering and cannot be shared by threads; a request costs a network round trip.
std::string TextTemplate::render(const Values& values) const {
  if (names_.empty() && source_.find("{{") == std::string::npos) return source_;
  kainjow::mustache::mustache parsed(source_);
  switch (escaping_) {
    case Escaping::none: parsed.set_custom_escape([](const std::string& text) { return text; }); break;
    case Escaping::json: parsed.set_custom_escape(json_escaped); break;
    case Escaping::url: parsed.set_custom_escape([](const std::string& text) { return percent_encode(text); }); break;
  }
  kainjow::mustache::data data;
  for (const auto& name : names_) {
    const auto at = values.find(name);
    if (at == values.end() || at->second.empty()) {
      data.set(name, kainjow::mustache::data(kainjow::mustache::data::type::bool_false));
    } else {
      data.set(name, at->second);
    }
  }
  return parsed.render(data);
}

}  // namespace messo::sms_http
