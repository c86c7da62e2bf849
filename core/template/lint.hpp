// What is wrong, or could be better, with a template: before it is published, and while it is written. Pure.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "template/definition.hpp"

namespace messo {

enum class Severity : std::uint8_t {
  error,    // would lose content, break a rule of a channel, or fail for some data: blocks publishing
  warning,  // works, but somebody will be served worse
  hint,
};
std::string_view to_string(Severity severity);

struct Finding {
  Severity severity = Severity::warning;
  std::string code;          // stable: "unknown_variable"
  std::string file;          // path below the template's folder: "it/email.text.mustache"; empty: the template as a whole
  std::uint32_t line = 0;    // from 1; 0: the file as a whole
  std::uint32_t column = 0;  // from 1, in characters; 0: not known
  std::string sentence;      // what is wrong and how to mend it
};
// "warning it/sms.text.mustache:3:1 [sms_long] ..."
std::string to_line(const Finding& finding);

// All findings: errors first, then by file and line. Checks syntax, names and forms used, unused variables, missing parts, languages and
// partials, partials that include themselves, plan against parts and class, and, rendered with the variables' examples: lengths, subjects,
// SMS segments, accessible HTML.
std::vector<Finding> lint(const TemplateDefinition& definition);
// As above for a folder; what keeps it from being read becomes findings of severity error.
std::vector<Finding> lint_folder(const std::filesystem::path& folder);

bool has_errors(const std::vector<Finding>& findings);

}  // namespace messo
