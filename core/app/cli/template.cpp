#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/sms_view.hpp"
#include "app/cli/text_layout.hpp"
#include "template/lint.hpp"
#include "template/render_file.hpp"
#include "template/template_source.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

struct TemplateOptions {
  std::string path, key, organisation, service, version, channel = "email", language, data, partials, escape = "html", to = ".";
  bool publish = false, overwrite = false, strict = false;
};

// A template's own folder, or a folder of them.
Result<std::vector<fs::path>> folders_of(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored))
    return fail(ErrorKind::invalid, "folder", path + " is not a folder: give a template's folder, or one that holds several");
  if (fs::exists(fs::path(path) / "template.toml", ignored)) return std::vector{fs::path(path)};
  auto found = find_templates(path);
  if (found.empty())
    return fail(ErrorKind::invalid, "folder", "there is no template below " + path + ": a template is a folder with a template.toml");
  return found;
}

Status publish_one(Session& session, const std::string& organisation, const std::string& key, const std::string& version) {
  auto answer = session.api().call({.method = "POST",
                                    .path = "/v1/admin/templates/" + percent_encode(key) + "/publish",
                                    .query = {{"organisation", organisation}, {"version", version}}});
  if (!answer) return fail(std::move(answer.error()));
  if (!session.as_json) session.out << key << " v" << text(answer->body, "version") << ": published\n";
  return {};
}

Status import_one(Session& session, const TemplateOptions& o, const std::string& organisation, const fs::path& folder, json& all) {
  auto definition = load_template(folder);
  if (!definition) return fail(to_error(definition.error()));
  json files = json::object();
  for (const auto& [path, bytes] : definition->files) files[path] = bytes;
  auto answer = session.api().call({.method = "POST",
                                    .path = "/v1/admin/templates",
                                    .query = {{"organisation", organisation}},
                                    .body = {{"key", definition->key}, {"files", std::move(files)}}});
  if (!answer) return fail(std::move(answer.error()));
  all.push_back(answer->body);
  const std::string state = text(answer->body, "state");
  const std::string version = text(answer->body, "version");
  const bool publish = o.publish && state == "draft";
  if (!session.as_json && !publish) session.out << definition->key << " v" << version << ": " << state << '\n';
  for (const json& warning : list(answer->body, "warnings")) {
    if (!session.as_json) session.out << "  ! " << plain(warning.is_string() ? warning.get<std::string>() : warning.dump()) << '\n';
  }
  return publish ? publish_one(session, organisation, definition->key, version) : Status{};
}

Status import(Session& session, const TemplateOptions& o) {
  const auto folders = folders_of(o.path);
  if (!folders) return fail(Error(folders.error()));
  const auto organisation = session.organisation_or_only(o.organisation);
  if (!organisation) return fail(Error(organisation.error()));
  json all = json::array();
  std::size_t failed = 0;
  for (const auto& folder : *folders) {
    auto done = import_one(session, o, *organisation, folder, all);
    if (done) continue;
    if (done.error().code == "daemon_unreachable") return done;
    done.error().message = folder.filename().string() + ": " + done.error().message;
    session.complain(done.error());
    ++failed;
  }
  if (failed > 0) session.exit_code = kFailure;
  if (session.printed_json({{"items", all}}) || failed > 0) return {};
  if (!o.publish) session.out << "Drafts are not sent: publish them with `messo template publish KEY`, or import with --publish.\n";
  return {};
}

Status export_files(Session& session, const TemplateOptions& o) {
  const auto organisation = session.organisation_or_only(o.organisation);
  if (!organisation) return fail(Error(organisation.error()));
  auto answer = session.api().call(
      {.path = "/v1/admin/templates/" + percent_encode(o.key), .query = {{"organisation", *organisation}, {"version", o.version}}});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  TemplateFiles files;
  if (answer->body.contains("files") && answer->body["files"].is_object()) {
    for (const auto& [path, bytes] : answer->body["files"].items()) files[path] = bytes.is_string() ? bytes.get<std::string>() : "";
  }
  const auto definition = parse_definition(std::move(files), o.key);
  if (!definition) return fail(to_error(definition.error()));
  if (auto written = export_template(*definition, o.to, o.overwrite); !written) return written;
  session.out << o.key << " v" << text(answer->body, "version") << " is in " << (fs::path(o.to) / o.key).string() << '\n';
  return {};
}

Status print(Session& session, const TemplateOptions& o) {
  const auto organisation = session.organisation_or_only(o.organisation);
  if (!organisation) return fail(Error(organisation.error()));
  auto answer = session.api().call({.path = "/v1/admin/templates", .query = {{"organisation", *organisation}}});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  Table table({"KEY", "VERSION", "STATE", "CLASS", "LANGUAGE", "TITLE"});
  for (const json& t : list(answer->body, "items")) {
    table.add(
        {text(t, "key"), text(t, "version"), text(t, "state"), text(t, "class"), text(t, "default_language"), clip(text(t, "title"), 60)});
  }
  session.out << (table.empty() ? "There is none: import some with `messo template import templates --publish`.\n" : table.to_text());
  return {};
}

Status publish(Session& session, const TemplateOptions& o) {
  const auto organisation = session.organisation_or_only(o.organisation);
  if (!organisation) return fail(Error(organisation.error()));
  return publish_one(session, *organisation, o.key, o.version);
}

Status archive(Session& session, const TemplateOptions& o) {
  const auto organisation = session.organisation_or_only(o.organisation);
  if (!organisation) return fail(Error(organisation.error()));
  auto answer = session.api().call(
      {.method = "POST", .path = "/v1/admin/templates/" + percent_encode(o.key) + "/archive", .query = {{"organisation", *organisation}}});
  if (!answer) return fail(std::move(answer.error()));
  if (!session.printed_json(answer->body)) session.out << o.key << ": archived, nothing can be sent with it until a version is published\n";
  return {};
}

Status preview(Session& session, const TemplateOptions& o) {
  const auto service = session.service_or_only(o.service);
  if (!service) return fail(Error(service.error()));
  json body{{"channel", o.channel}};
  if (!o.language.empty()) body["language"] = o.language;
  if (!o.data.empty()) {
    auto data = read_json_object(o.data);
    if (!data) return fail(std::move(data.error()));
    body["data"] = std::move(*data);
  }
  auto answer = session.api().call({.method = "POST",
                                    .path = "/v1/templates/" + percent_encode(o.key) + "/preview",
                                    .query = {{"service", *service}, {"version", o.version}},
                                    .body = std::move(body)});
  if (!answer) return fail(std::move(answer.error()));
  if (session.printed_json(answer->body)) return {};
  for (const json& part : list(answer->body, "parts")) {
    session.out << "--- " << text(part, "name") << " (" << text(part, "content_type") << ")\n" << text(part, "body");
    if (!text(part, "body").ends_with('\n')) session.out << '\n';
  }
  if (answer->body.contains("sms")) session.out << "---\n" << sms_lines(answer->body["sms"]);
  return {};
}

Status lint_all(Session& session, const TemplateOptions& o) {
  const auto folders = folders_of(o.path);
  if (!folders) return fail(Error(folders.error()));
  json all = json::array();
  std::size_t errors = 0;
  std::size_t warnings = 0;
  for (const auto& folder : *folders) {
    for (const Finding& finding : lint_folder(folder)) {
      errors += finding.severity == Severity::error ? 1 : 0;
      warnings += finding.severity == Severity::warning ? 1 : 0;
      all.push_back({{"template", folder.filename().string()},
                     {"severity", to_string(finding.severity)},
                     {"code", finding.code},
                     {"file", finding.file},
                     {"line", finding.line},
                     {"column", finding.column},
                     {"sentence", finding.sentence}});
      if (!session.as_json) session.out << folder.filename().string() << ": " << to_line(finding) << '\n';
    }
  }
  if (errors > 0 || (o.strict && warnings > 0)) session.exit_code = kFailure;
  if (session.printed_json({{"findings", all}})) return {};
  session.out << folders->size() << (folders->size() == 1 ? " template, " : " templates, ") << errors
              << (errors == 1 ? " error, " : " errors, ") << warnings << (warnings == 1 ? " warning\n" : " warnings\n");
  return {};
}

Status render(Session& session, const TemplateOptions& o) {
  const auto escape = parse_escape(o.escape);
  if (!escape) return fail(ErrorKind::invalid, "usage", "--escape is html or none");
  const auto rendered = render_file({o.path, o.data, o.partials, *escape});
  if (!rendered) return fail(Error(rendered.error()));
  session.out << *rendered;
  return {};
}

using Body = Status (*)(Session&, const TemplateOptions&);

}  // namespace

void add_template(CLI::App& app, Session& session) {
  auto o = std::make_shared<TemplateOptions>();
  auto& root = add_group(app, "template", "What messages say");
  const auto add = [&](const char* name, const char* about, Body body) { return add_command(root, name, about, session, o, body); };
  const auto organisation = [&](CLI::App* c) {
    c->add_option("--organisation", o->organisation, "Key of the organisation; needed when there are several");
  };
  const auto key = [&](CLI::App* c) { c->add_option("KEY", o->key, "Key of the template")->required(); };
  const auto version = [&](CLI::App* c) { c->add_option("--version", o->version, "Version number; the newest when not given"); };

  auto* c = add("import", "Brings templates from disk into the store, as drafts", &import);
  c->add_option("DIR", o->path, "A template's folder, or one that holds several")->required();
  c->add_flag("--publish", o->publish, "Publish them too");
  organisation(c);
  c = add("export", "Writes a template's files to disk, byte for byte", &export_files);
  key(c);
  organisation(c);
  version(c);
  c->add_option("--to", o->to, "Folder to write KEY/ into")->capture_default_str();
  c->add_flag("--overwrite", o->overwrite, "Also over files with other content");
  organisation(add("list", "Templates with all versions", &print));
  c = add("publish", "Makes a draft the version that is sent", &publish);
  key(c);
  organisation(c);
  version(c);
  c = add("archive", "Sends nothing with it any more", &archive);
  key(c);
  organisation(c);
  c = add("preview", "Shows a template of the store as a citizen would get it", &preview);
  key(c);
  version(c);
  c->add_option("--channel", o->channel, "pec, email, sms, push, io, webhook")->capture_default_str();
  c->add_option("--language", o->language, "it, de, en");
  c->add_option("--data", o->data, "JSON file, or {...}; the template's examples when not given");
  c->add_option("--service", o->service, "The service that would send it, as organisation/service");
  c = add("lint", "What is wrong, or could be better, with templates on disk; needs no daemon", &lint_all);
  c->add_option("DIR", o->path, "A template's folder, or one that holds several")->required();
  c->add_flag("--strict", o->strict, "Warnings fail too");
  c = add("render", "Renders a Mustache file; needs no daemon", &render);
  c->add_option("FILE", o->path, "The Mustache file")->required();
  c->add_option("--data", o->data, "JSON file");
  c->add_option("--partials", o->partials, "Folder of NAME.mustache; the file's own when not given");
  c->add_option("--escape", o->escape, "html or none")->capture_default_str()->check(CLI::IsMember({"html", "none"}));
}

}  // namespace messo::cli
