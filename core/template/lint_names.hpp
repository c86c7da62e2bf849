// The part of lint that follows names through sections and partials. Pure.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "template/compiled_version.hpp"
#include "template/lint.hpp"

namespace messo {

// Walks one part as rendering would, without data: every section entered, every partial followed.
class NameWalk {
 public:
  NameWalk(const CompiledVersion& version, std::vector<Finding>& findings) : version_(version), findings_(findings) {}

  // `subject`: the part travels in clear (subject, title): variables marked personal are errors there. `html`: unescaped tags are warned
  // of.
  void walk(const CompiledTemplate& part, std::string_view language, bool subject, bool html);
  // Fields and variables seen in any walk.
  const std::set<const Variable*>& used() const { return used_; }

 private:
  using Instruction = CompiledTemplate::Instruction;
  void follow(const CompiledTemplate& compiled);
  void enter(const CompiledTemplate& compiled, const Instruction& instruction);
  void include(const CompiledTemplate& compiled, const Instruction& instruction);
  void check_printed(const CompiledTemplate& compiled, const Instruction& instruction);
  // Null: no such name (reported) or nothing known below it. `form` is set to what follows a scalar's name.
  const Variable* resolve(const CompiledTemplate& compiled, const Instruction& instruction, std::span<const std::string>& form);
  void report(Severity severity, std::string code, const CompiledTemplate& compiled, const Instruction& instruction, std::string sentence);
  std::string nearest_visible(std::string_view name) const;

  const CompiledVersion& version_;
  std::vector<Finding>& findings_;
  std::set<const Variable*> used_;
  std::set<std::string> reported_;              // a partial is walked from many places: say each thing once
  std::vector<const Variable*> scopes_;         // null: unknown context
  std::vector<std::string> languages_;          // in use, innermost last
  std::vector<const CompiledTemplate*> chain_;  // being followed
  std::size_t instructions_ = 0;
  bool subject_ = false, html_ = false;
};

}  // namespace messo
