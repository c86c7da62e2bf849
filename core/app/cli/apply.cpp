#include <unistd.h>

#include <filesystem>
#include <iostream>

#include "app/cli/add_command.hpp"
#include "config/apply_document.hpp"
#include "config/secret_source.hpp"

namespace messo::cli {
namespace {

struct ApplyOptions {
  std::string file;
  bool dry_run = false, yes = false;
};

// The daemon's mistakes name pointers; the reader wants lines of the file.
Error with_lines(Error error, const Document& document) {
  Problems problems;
  problems.reserve(error.fields.size());
  for (const auto& field : error.fields) problems.push_back({document.file, document.line_of(field.field), field.field, field.message});
  if (problems.empty()) return error;
  error.message = "nothing was changed:\n" + to_text(problems);
  error.fields.clear();
  return error;
}

// Checked here first: mistakes are told without a daemon, and no secret is read for a file that is wrong.
Result<Document> load(const std::string& file) {
  auto document = read_toml_file(file);
  if (!document) return fail(to_error(document.error()));
  if (const auto parsed = parse_apply_document(*document); !parsed) {
    const auto& problems = parsed.error();
    return fail(ErrorKind::invalid, "bad_document", "nothing was changed:\n" + to_text(problems));
  }
  const auto folder = std::filesystem::absolute(file).parent_path();
  const auto problems = resolve_secrets(*document, [&](std::string_view source) { return read_secret(source, folder); });
  if (!problems.empty()) return fail(ErrorKind::invalid, "bad_document", "nothing was changed:\n" + to_text(problems));
  return *std::move(document);
}

Result<ApiAnswer> post(Session& session, const Document& document, bool dry_run) {
  auto answer = session.api().call(
      {.method = "POST", .path = "/v1/admin/apply", .query = {{"dry_run", dry_run ? "true" : ""}}, .body = document.root});
  if (!answer) return fail(with_lines(std::move(answer.error()), document));
  return answer;
}

void print_changes(std::ostream& out, const nlohmann::json& changes) {
  for (const auto& change : changes) out << (change.is_string() ? change.get<std::string>() : change.dump()) << '\n';
}

void print_warnings(Session& session, const nlohmann::json& warnings) {
  for (const auto& warning : warnings)
    session.err << "messo: " << (warning.is_string() ? warning.get<std::string>() : warning.dump()) << '\n';
}

Status apply(Session& session, const ApplyOptions& options) {
  auto document = load(options.file);
  if (!document) return fail(std::move(document.error()));
  const bool ask = !options.yes && !session.as_json && ::isatty(STDIN_FILENO) != 0;
  if (options.dry_run || ask) {
    auto planned = post(session, *document, true);
    if (!planned) return fail(std::move(planned.error()));
    if (options.dry_run && session.printed_json(planned->body)) return {};
    const auto& changes = list(planned->body, "changes");
    print_changes(session.out, changes);
    print_warnings(session, list(planned->body, "warnings"));
    if (changes.empty()) session.out << "Nothing to change.\n";
    if (options.dry_run && !changes.empty()) session.out << "Nothing was changed: --dry-run.\n";
    if (options.dry_run || changes.empty()) return {};
    if (!confirmed(session, "Apply this?")) {
      session.out << "Nothing was changed.\n";
      return {};
    }
  }
  auto applied = post(session, *document, false);
  if (!applied) return fail(std::move(applied.error()));
  if (session.printed_json(applied->body)) return {};
  const auto& changes = list(applied->body, "changes");
  if (!ask) print_changes(session.out, changes);
  if (!ask) print_warnings(session, list(applied->body, "warnings"));
  session.out << (changes.empty() ? "Nothing to change.\n" : "Applied.\n");
  return {};
}

}  // namespace

void add_apply(CLI::App& app, Session& session) {
  auto options = std::make_shared<ApplyOptions>();
  auto* command =
      add_command(app, "apply", "Brings organisations, services, keys and providers to what a TOML file says", session, options, &apply);
  command->add_option("FILE", options->file, "The file (docs/apply.md)")->required();
  command->add_flag("--dry-run", options->dry_run, "Only show what would change");
  command->add_flag("-y,--yes", options->yes, "Do not ask");
}

}  // namespace messo::cli
