#include "template/lint_names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/problems.hpp"

namespace messo {
namespace {

using Op = CompiledTemplate::Op;

// Partials that include each other twice over grow exponentially: stop there.
constexpr std::size_t kMostInstructions = 200'000;

}  // namespace

void NameWalk::report(Severity severity, std::string code, const CompiledTemplate& compiled, const Instruction& instruction,
                      std::string sentence) {
  const auto position = compiled.position_of(instruction);
  if (!reported_.insert(fmt::format("{}:{}:{}:{}", code, compiled.name(), instruction.offset, sentence)).second) return;
  findings_.push_back({severity, std::move(code), compiled.name(), position.line, position.column, std::move(sentence)});
}

void NameWalk::walk(const CompiledTemplate& part, std::string_view language, bool subject, bool html) {
  subject_ = subject;
  html_ = html;
  instructions_ = 0;
  scopes_ = {&version_.definition().variables};
  languages_ = {std::string(language)};
  chain_ = {&part};
  follow(part);
}

void NameWalk::follow(const CompiledTemplate& compiled) {
  for (const auto& instruction : compiled.instructions()) {
    if (++instructions_ > kMostInstructions) return;
    switch (instruction.op) {
      case Op::text:
      case Op::indent:
      case Op::language: break;
      case Op::variable:
      case Op::raw: check_printed(compiled, instruction); break;
      case Op::section:
      case Op::inverted:
      case Op::in_language: enter(compiled, instruction); break;
      case Op::partial: include(compiled, instruction); break;
      case Op::end: {
        const auto op = compiled.instructions()[instruction.jump].op;
        if (op == Op::section) scopes_.pop_back();
        if (op == Op::in_language) languages_.pop_back();
      }
    }
  }
}

void NameWalk::enter(const CompiledTemplate& compiled, const Instruction& instruction) {
  if (instruction.op == Op::in_language) {
    languages_.push_back(compiled.name_of(instruction).parts.back());
    return;
  }
  std::span<const std::string> form;
  const auto* variable = resolve(compiled, instruction, form);
  const bool any = form.size() == 1 && form.front() == kAnyForm && variable->type == VariableType::list;
  if (!form.empty() && !any) {
    report(Severity::error, "unknown_form", compiled, instruction,
           fmt::format("a section takes the variable itself: write it without \".{}\"", form.front()));
  }
  if (instruction.op == Op::inverted) return;
  const bool list = variable != nullptr && variable->type == VariableType::list && !any;
  scopes_.push_back(list ? variable->element() : variable);
}

const Variable* NameWalk::resolve(const CompiledTemplate& compiled, const Instruction& instruction, std::span<const std::string>& form) {
  const auto& name = compiled.name_of(instruction);
  if (name.parts.empty()) return scopes_.back();
  const Variable* found = nullptr;
  for (auto scope = scopes_.rbegin(); scope != scopes_.rend() && found == nullptr; ++scope) {
    if (*scope != nullptr) found = (*scope)->field(name.parts.front());
  }
  auto rest = std::span(name.parts).subspan(1);
  while (found != nullptr) {
    used_.insert(found);
    if (rest.empty()) return found;
    if (found->type != VariableType::object) {
      form = rest;
      return found;
    }
    found = found->field(rest.front());
    rest = rest.subspan(1);
  }
  const auto near = nearest_visible(name.parts.front());
  report(Severity::error, "unknown_variable", compiled, instruction,
         fmt::format("\"{}\" is not declared in template.toml{}", name.text,
                     near.empty() || near == name.parts.front() ? ": declare it, or correct the name"
                                                                : fmt::format("; did you mean \"{}\"?", near)));
  return nullptr;
}

std::string NameWalk::nearest_visible(std::string_view name) const {
  std::vector<std::string_view> known;
  for (const auto* scope : scopes_) {
    if (scope == nullptr) continue;
    for (const auto& field : scope->fields) known.push_back(field.name);
  }
  return std::string(nearest_word(name, known));
}

void NameWalk::check_printed(const CompiledTemplate& compiled, const Instruction& instruction) {
  const auto& name = compiled.name_of(instruction);
  std::span<const std::string> form;
  const auto* variable = resolve(compiled, instruction, form);
  if (instruction.op == Op::raw && html_) {
    report(Severity::warning, "unescaped", compiled, instruction,
           fmt::format("\"{}\" goes into the HTML unescaped: whoever writes the data could write markup; use {{{{{}}}}}", name.text,
                       name.text));
  }
  if (variable == nullptr) return;
  if (!is_form(*variable, form)) {
    const auto forms = forms_of(*variable);
    const auto sentence = form.empty()    ? fmt::format("\"{}\" is not a single value: use a section, or name one of its fields", name.text)
                          : forms.empty() ? fmt::format("\"{}\" has no forms: delete \".{}\"", variable->name, form.front())
                                          : fmt::format("\"{}\" has no such form: its forms are {}", variable->name, forms);
    report(Severity::error, "unknown_form", compiled, instruction, sentence);
  }
  if (subject_ && variable->personal) {
    report(
        Severity::error, "personal_subject", compiled, instruction,
        fmt::format("\"{}\" is personal data and would be read by everyone the subject or title passes: move it into the text", name.text));
  }
}

void NameWalk::include(const CompiledTemplate& compiled, const Instruction& instruction) {
  const auto& name = compiled.name_of(instruction).text;
  const auto& language = languages_.back();
  const auto partial = version_.partial(name, language);
  if (partial == nullptr) {
    report(Severity::error, "missing_partial", compiled, instruction,
           fmt::format("there is no partial \"{0}\" for language \"{1}\": add _partials/{1}/{0}.mustache or _partials/{0}.mustache", name,
                       language));
    return;
  }
  if (std::find(chain_.begin(), chain_.end(), partial.get()) != chain_.end()) {
    report(Severity::error, "partial_cycle", compiled, instruction, fmt::format("partial \"{}\" includes itself: break the circle", name));
    return;
  }
  if (chain_.size() >= MustacheLimits{}.depth) return;
  chain_.push_back(partial.get());
  follow(*partial);
  chain_.pop_back();
}

}  // namespace messo
