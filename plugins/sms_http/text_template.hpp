// A piece of a request with values in it: Mustache (kainjow) with what a gateway's description needs of it. Values are always escaped for
// the place they go to, so a message text can never become part of the request's structure. Pure.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace messo::sms_http {

// What templates may name. An empty value counts as missing: {{#name}}...{{/name}} is skipped.
using Values = std::map<std::string, std::string, std::less<>>;

enum class Escaping : std::uint8_t {
  none,  // the whole result is escaped later: fields of a form or query
  json,  // inside a JSON string (RFC 8259 §7)
  url,   // a segment of a path (RFC 3986 §2.3: all but unreserved characters)
};

class TextTemplate {
 public:
  // {{name}}, {{#name}}...{{/name}}, {{^name}}...{{/name}} and {{! comment }}; names of lower-case letters, digits and "_". What would
  // leave values unescaped, partials and other delimiters are refused, as is a text over 16 KiB. The error's message is a sentence.
  static Result<TextTemplate> compile(std::string source, Escaping escaping);

  std::string render(const Values& values) const;
  const std::vector<std::string>& names() const { return names_; }  // sorted, each once
  bool empty() const { return source_.empty(); }

 private:
  std::string source_;
  std::vector<std::string> names_;
  Escaping escaping_ = Escaping::none;
};

}  // namespace messo::sms_http
