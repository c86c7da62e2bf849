#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <iostream>
#include <thread>

#include "app/cli/add_command.hpp"
#include "app/cli/notification_view.hpp"
#include "app/cli/text_layout.hpp"
#include "base/hash.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct SendOptions {
  std::string file, service, mode, idempotency_key;
  std::string tmpl, data, name, language, priority, send_at, expires_at, reference, protocol, case_file;
  AddressFlags to;
  std::vector<std::string> values, labels, attachments;
  bool validate = false, wait = false;
  unsigned timeout_s = 60;
};

// "key=value" into the object; a value that is JSON (a number, true, [..]) stays what it is.
Status put_value(json& object, const std::string& pair, bool typed) {
  const auto equals = pair.find('=');
  if (equals == 0 || equals == std::string::npos) return fail(ErrorKind::invalid, "usage", "\"" + pair + "\" is not NAME=VALUE");
  const std::string value = pair.substr(equals + 1);
  json parsed = typed ? json::parse(value, nullptr, false) : json();
  object[pair.substr(0, equals)] = typed && !parsed.is_discarded() ? std::move(parsed) : json(value);
  return {};
}

std::string content_type(const std::filesystem::path& file) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {
      {".pdf", "application/pdf"}, {".txt", "text/plain"},     {".html", "text/html"},  {".xml", "application/xml"},
      {".png", "image/png"},       {".jpg", "image/jpeg"},     {".jpeg", "image/jpeg"}, {".p7m", "application/pkcs7-mime"},
      {".ics", "text/calendar"},   {".zip", "application/zip"}};
  for (const auto& [extension, type] : kTypes) {
    if (file.extension() == extension) return std::string(type);
  }
  return "application/octet-stream";
}

Result<json> attachment(const std::string& file) {
  auto bytes = read_input(file);
  if (!bytes) return fail(std::move(bytes.error()));
  return json{
      {"name", std::filesystem::path(file).filename().string()}, {"content_type", content_type(file)}, {"content", to_base64(*bytes)}};
}

// The job of --file with what the flags say over it.
Result<json> job_from(const SendOptions& o) {
  json job = json::object();
  if (!o.file.empty()) {
    auto read = read_json_object(o.file);
    if (!read) return read;
    job = std::move(*read);
  }
  put(job, "template", o.tmpl);
  json& to = job["recipient"];
  if (!to.is_object()) to = json::object();
  put(to, "name", o.name);
  put(to, "language", o.language);
  o.to.put_into(to);
  if (!o.data.empty()) {
    auto data = read_json_object(o.data);
    if (!data) return data;
    job["data"] = std::move(*data);
  }
  for (const auto& value : o.values) {
    if (auto done = put_value(job["data"], value, true); !done) return fail(std::move(done.error()));
  }
  for (const auto& label : o.labels) {
    if (auto done = put_value(job["labels"], label, false); !done) return fail(std::move(done.error()));
  }
  put(job, "priority", o.priority);
  put(job, "send_at", o.send_at);
  put(job, "expires_at", o.expires_at);
  put(job, "reference", o.reference);
  put(job, "protocol", o.protocol);
  put(job, "case", o.case_file);
  for (const auto& file : o.attachments) {
    auto made = attachment(file);
    if (!made) return made;
    job["attachments"].push_back(std::move(*made));
  }
  if (!job.contains("template"))
    return fail(ErrorKind::invalid, "usage", "which template? Give --template KEY (messo template list shows them) or --file JOB.json");
  return job;
}

// Prints the timeline as it grows, until the notification ended or the time is over.
Status follow(Session& session, const std::string& id, const std::string& service, Seconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  std::uint64_t shown = 0;
  for (;;) {
    auto answer = session.api().call({.path = "/v1/notifications/" + id, .query = {{"service", service}}});
    if (!answer) return fail(std::move(answer.error()));
    const json& n = answer->body;
    for (const json& event : list(n, "timeline")) {
      if (number(event, "sequence") <= shown) continue;
      shown = number(event, "sequence");
      if (!session.as_json) session.out << "  " << event_line(event) << std::endl;
    }
    const std::string status = text(n, "status");
    if (is_final_status(status)) {
      if (!session.printed_json(n)) session.out << status << ": " << status_meaning(status) << '\n';
      if (is_bad_end(status)) session.exit_code = kFailure;
      return {};
    }
    if (std::chrono::steady_clock::now() >= until) {
      return fail(ErrorKind::unavailable, "timeout",
                  fmt::format("still {} after {} s: it goes on by itself, see `messo status {}`", status, limit.count(), id));
    }
    std::this_thread::sleep_for(Millis{100});
  }
}

Status send(Session& session, const SendOptions& o) {
  auto job = job_from(o);
  if (!job) return fail(std::move(job.error()));
  const auto service = session.service_or_only(o.service);
  if (!service) return fail(Error(service.error()));
  ApiRequest request{
      .method = "POST", .path = "/v1/notifications", .query = {{"service", *service}, {"mode", o.mode}}, .body = std::move(*job)};
  if (o.validate) request.query.emplace_back("validate", "only");
  if (!o.idempotency_key.empty()) request.headers.emplace_back("Idempotency-Key", o.idempotency_key);
  auto answer = session.api().call(request);
  if (!answer) return fail(std::move(answer.error()));
  const std::string id = text(answer->body, "id");
  if (o.validate) {
    if (!session.printed_json(answer->body)) session.out << "Good: it would be accepted. Nothing was stored.\n";
    return {};
  }
  if (o.wait) {
    if (!session.as_json) session.out << id << '\n';
    return follow(session, id, *service, Seconds{o.timeout_s});
  }
  if (session.printed_json(answer->body)) return {};
  session.out << id << "  " << text(answer->body, "status") << "\nFollow it with: messo status " << id << '\n';
  return {};
}

}  // namespace

void add_send(CLI::App& app, Session& session) {
  auto o = std::make_shared<SendOptions>();
  auto* c = add_command(app, "send", "Posts a notification", session, o, &send);
  c->add_option("-f,--file", o->file, "The whole job as JSON, - for standard input; flags go over it");
  c->add_option("-t,--template", o->tmpl, "Key of the template, or key@version");
  c->add_option("--email", o->to.email, "Recipient's email address");
  c->add_option("--pec", o->to.pec, "Recipient's PEC address");
  c->add_option("--phone", o->to.phone, "Recipient's phone number");
  c->add_option("--fiscal-code", o->to.fiscal_code, "Recipient's codice fiscale");
  c->add_option("--name", o->name, "Recipient's name");
  c->add_option("--language", o->language, "Recipient's language: it, de, en");
  c->add_option("--data", o->data, "The template's data: a JSON file, or {\"...\": ...}");
  c->add_option("-d,--value", o->values, "One value of the data: NAME=VALUE; may be repeated")->allow_extra_args(false);
  c->add_option("--attach", o->attachments, "A file to send along; may be repeated")->allow_extra_args(false);
  c->add_option("--priority", o->priority, "urgent, alert, normal, bulk");
  c->add_option("--send-at", o->send_at, "Not before: 2026-11-22T10:00:00+01:00");
  c->add_option("--expires-at", o->expires_at, "Not after");
  c->add_option("--reference", o->reference, "Your own name for it");
  c->add_option("--protocol", o->protocol, "Protocol number of the act");
  c->add_option("--case", o->case_file, "Case file");
  c->add_option("--label", o->labels, "NAME=VALUE; may be repeated")->allow_extra_args(false);
  c->add_option("--service", o->service, "The service to send for, as organisation/service");
  c->add_option("--mode", o->mode, "live, or test: the whole way to a simulated provider")->check(CLI::IsMember({"live", "test"}));
  c->add_option("--idempotency-key", o->idempotency_key, "Posting again under the same key sends nothing twice");
  c->add_flag("--validate", o->validate, "Check everything, store nothing");
  c->add_flag("-w,--wait", o->wait, "Show the timeline until it ends");
  c->add_option("--timeout", o->timeout_s, "Seconds to wait at most")->capture_default_str();
}

}  // namespace messo::cli
