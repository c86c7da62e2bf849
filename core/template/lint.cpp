#include "template/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "template/data_validation.hpp"
#include "template/lint_names.hpp"
#include "template/lint_text.hpp"
#include "template/template_source.hpp"

namespace messo {
namespace {

constexpr std::string_view kManifestFile = "template.toml";
// Longer subjects are cut on telephones; longer SMS cost and annoy.
constexpr std::size_t kLongSubject = 90;
constexpr std::size_t kLongPushTitle = 50;
constexpr std::size_t kLongPushBody = 150;
constexpr std::size_t kManySegments = 2;

class Linter {
 public:
  explicit Linter(const TemplateDefinition& definition) : definition_(definition) {}
  std::vector<Finding> run();

 private:
  void add(Severity severity, std::string code, std::string file, std::string sentence, std::uint32_t line = 0) {
    findings_.push_back({severity, std::move(code), std::move(file), line, 0, std::move(sentence)});
  }
  bool check_syntax();
  void check_parts();
  void check_plan();
  void check_names(const CompiledVersion& version);
  void check_variables(const std::vector<Variable>& variables, const std::string& prefix, const std::set<const Variable*>& used);
  void check_rendered(const CompiledVersion& version);
  void check_message(const RenderedMessage& message);
  void check_part(const PartSpec& spec, const RenderedPart& part, const std::string& file);
  void check_sms(const sms::Measured& measured, const std::string& file);
  void add_render_error(const Error& error, const std::string& language);

  const TemplateDefinition& definition_;
  std::vector<Finding> findings_;
};

std::vector<Finding> Linter::run() {
  check_parts();
  check_plan();
  if (check_syntax()) {
    if (auto version = CompiledVersion::compile(definition_)) {
      check_names(**version);
      check_rendered(**version);
    }
  }
  std::stable_sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
    return std::tie(a.severity, a.file, a.line, a.column) < std::tie(b.severity, b.file, b.line, b.column);
  });
  return std::move(findings_);
}

bool Linter::check_syntax() {
  bool clean = true;
  for (const auto& [path, source] : definition_.files) {
    if (path == kManifestFile) continue;
    const auto compiled = CompiledTemplate::compile(source, {.name = path, .message = true});
    if (compiled) continue;
    clean = false;
    const auto& [position, sentence] = compiled.error();
    findings_.push_back({Severity::error, "syntax", path, position.line, position.column, sentence});
  }
  return clean;
}

void Linter::check_parts() {
  const auto wanted = definition_.channels(definition_.default_language);
  for (const auto& language : definition_.languages()) {
    for (const auto& spec : part_specs()) {
      const auto path = part_path(language, spec);
      if (definition_.files.contains(path)) continue;
      const bool begun = std::any_of(part_specs().begin(), part_specs().end(), [&](const PartSpec& other) {
        return other.channel == spec.channel && definition_.files.contains(part_path(language, other));
      });
      if (begun && spec.required)
        add(Severity::error, "missing_part", path,
            fmt::format("is missing: without it {} cannot be sent in \"{}\"", to_string(spec.channel), language));
      if (begun && !spec.required && spec.channel == Channel::email) {
        add(Severity::hint, "missing_part", path, "is missing: messages go out as plain text only");
      }
    }
    for (const auto channel : wanted) {
      if (definition_.has(language, channel)) continue;
      add(Severity::warning, "missing_language", language,
          fmt::format("there is no {} text in \"{}\": \"{}\" is used instead", to_string(channel), language,
                      definition_.choose_language(channel, language)));
    }
  }
}

void Linter::check_plan() {
  if (definition_.plan.empty()) add(Severity::hint, "no_plan", std::string(kManifestFile), "has no [[plan]]: every job must bring its own");
  for (const auto& step : definition_.plan) {
    const auto channel = to_string(step.channel);
    if (definition_.choose_language(step.channel, definition_.default_language).empty()) {
      add(Severity::error, "plan_without_text", std::string(kManifestFile),
          fmt::format("the plan uses channel \"{}\", which has no text: add its files or remove the step", channel));
    }
    if (definition_.template_class == TemplateClass::legal && step.channel != Channel::pec) {
      add(Severity::error, "plan_not_legal", std::string(kManifestFile),
          fmt::format("class \"legal\", but channel \"{}\" has no legal effect: use pec alone, or class = \"courtesy\"", channel));
    }
  }
}

void Linter::check_names(const CompiledVersion& version) {
  NameWalk names(version, findings_);
  for (const auto& language : definition_.languages()) {
    for (const auto& spec : part_specs()) {
      const auto* part = version.file(part_path(language, spec));
      if (part != nullptr) names.walk(*part, language, spec.shape == Shape::single_line, spec.escape == Escape::html);
    }
  }
  check_variables(version.definition().variables.fields, "", names.used());
}

void Linter::check_variables(const std::vector<Variable>& variables, const std::string& prefix, const std::set<const Variable*>& used) {
  const std::string file(kManifestFile);
  for (const auto& variable : variables) {
    const auto name = prefix + variable.name;
    const bool seen = used.contains(&variable);
    if (!seen)
      add(Severity::warning, "unused_variable", file, fmt::format("\"{}\" is used in no text: use it or remove it", name), variable.line);
    if (variable.description.empty())
      add(Severity::hint, "no_description", file, fmt::format("\"{}\" has no description", name), variable.line);
    if (variable.is_scalar() && variable.example.is_null() && prefix.empty()) {
      add(Severity::warning, "no_example", file, fmt::format("\"{}\" has no example: previews and tests need one", name), variable.line);
    }
    if (!seen) continue;
    check_variables(variable.fields, name + ".", used);
    if (variable.element() != nullptr) check_variables(variable.element()->fields, name + ".", used);
  }
}

void Linter::check_rendered(const CompiledVersion& version) {
  const auto data = example_data(definition_.variables);
  if (!validate_data(data, definition_.variables).empty()) return;
  for (const auto& language : definition_.languages()) {
    for (const auto channel : definition_.channels(language)) {
      auto message = version.render(channel, language, data);
      if (message) {
        check_message(*message);
      } else {
        add_render_error(message.error(), language);
      }
    }
  }
}

void Linter::add_render_error(const Error& error, const std::string& language) {
  const auto sentence = "with the examples of template.toml: " + error.message;
  if (error.code.starts_with("sms_")) return add(Severity::error, error.code, part_path(language, *find_part("sms.text")), sentence);
  if (!has_errors(findings_)) add(Severity::error, "render", language, sentence);
}

void Linter::check_message(const RenderedMessage& message) {
  if (message.sms) check_sms(*message.sms, part_path(message.language, *find_part("sms.text")));
  for (const auto& part : message.parts) {
    const auto* spec = find_part(message.channel, part.name);
    check_part(*spec, part, part_path(message.language, *spec));
  }
}

void Linter::check_part(const PartSpec& spec, const RenderedPart& part, const std::string& file) {
  const auto characters = count_characters(part.body);
  const auto longer = [&](std::size_t most, const char* code, const char* why) {
    if (characters > most)
      add(Severity::warning, code, file, fmt::format("has {} characters with the examples: {}; keep it below {}", characters, why, most));
  };
  if (spec.name == "subject" && spec.channel != Channel::io) longer(kLongSubject, "subject_long", "telephones cut it");
  if (spec.channel == Channel::push && spec.name == "title") longer(kLongPushTitle, "push_long", "telephones cut it");
  if (spec.channel == Channel::push && spec.name == "body") longer(kLongPushBody, "push_long", "telephones cut it");
  if (spec.escape != Escape::html) return;
  for (auto& problem : check_html(part.body)) add(Severity::warning, std::move(problem.code), file, std::move(problem.sentence));
}

void Linter::check_sms(const sms::Measured& measured, const std::string& file) {
  const auto size =
      fmt::format("with the examples {} SMS ({}, {} units)", measured.segments, sms::to_string(measured.encoding), measured.units);
  if (!measured.forced_by.empty()) {
    const bool meant = definition_.sms.policy == sms::Policy::unicode;
    add(meant ? Severity::hint : Severity::warning, "sms_ucs2", file,
        fmt::format("{} is not in the GSM alphabet: an SMS holds 70 characters instead of 160; write it otherwise; {}",
                    sms::name_forcing(measured), size));
  }
  if (!measured.changed.empty()) {
    std::string changes;
    for (const auto& change : measured.changed) changes += fmt::format("{}{} -> {}", changes.empty() ? "" : ", ", change.from, change.to);
    add(Severity::hint, "sms_changed", file,
        fmt::format("is sent with other characters ({}): write it so, or set policy = \"unicode\" in [sms]; {}", changes, size));
  }
  if (measured.segments > kManySegments) add(Severity::warning, "sms_long", file, fmt::format("takes {}: shorten it", size));
}

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::hint: return "hint";
  }
  return "error";
}

std::string to_line(const Finding& finding) {
  auto place = finding.file;
  if (finding.line != 0) place += fmt::format(":{}", finding.line);
  if (finding.column != 0) place += fmt::format(":{}", finding.column);
  return fmt::format("{} {} [{}] {}", to_string(finding.severity), place, finding.code, finding.sentence);
}

std::vector<Finding> lint(const TemplateDefinition& definition) { return Linter(definition).run(); }

std::vector<Finding> lint_folder(const std::filesystem::path& folder) {
  const auto definition = load_template(folder);
  if (definition) return lint(*definition);
  std::vector<Finding> out;
  for (const auto& problem : definition.error()) {
    out.push_back({Severity::error, "definition", problem.file, problem.line, 0,
                   problem.pointer.empty() ? problem.message : to_toml_key(problem.pointer) + ": " + problem.message});
  }
  return out;
}

bool has_errors(const std::vector<Finding>& findings) {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& finding) { return finding.severity == Severity::error; });
}

}  // namespace messo
