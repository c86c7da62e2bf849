#include "api/job_parser.hpp"

#include "api/address/address.hpp"
#include "api/field_reader.hpp"
#include "config/problems.hpp"

namespace messo::api {
namespace {

using namespace std::chrono_literals;
using InputJson = nlohmann::json;

constexpr std::string_view kJobFields[] = {"template",   "recipient", "data",   "plan",     "priority", "send_at",
                                           "expires_at", "reference", "labels", "protocol", "case",     "attachments"};
constexpr std::string_view kRecipientFields[] = {"name", "language", "fiscal_code", "pec", "email", "phone", "push", "webhook"};
constexpr std::string_view kStepFields[] = {"channel", "pool", "success", "wait_seconds"};

constexpr auto kLongestAhead = std::chrono::days(366);
constexpr auto kClockSlack = 1h;  // a send_at a little in the past means now: clocks differ

std::optional<Instant> instant(FieldReader& fields, std::string_view name, Findings& findings) {
  const auto text = fields.text(name, {40, true, false});
  if (!text) return {};
  const auto at = parse_rfc3339(*text);
  if (!at) findings.malformed(fields.at(name), "must be an instant like \"2026-11-22T10:00:00Z\" (RFC 3339)");
  return at;
}

void check_times(JobDraft& job, Instant now, Findings& findings) {
  if (job.send_at && *job.send_at < now - kClockSlack) findings.wrong("/send_at", "is in the past; leave it out to send at once");
  if (job.send_at && *job.send_at > now + kLongestAhead) findings.wrong("/send_at", "is more than a year ahead");
  if (!job.expires_at) return;
  if (*job.expires_at <= std::max(now, job.send_at.value_or(now))) findings.wrong("/expires_at", "must be later than now and than send_at");
  if (*job.expires_at > now + 2 * kLongestAhead) findings.wrong("/expires_at", "is more than two years ahead");
}

void read_template_reference(FieldReader& fields, JobDraft& job, Findings& findings) {
  const auto text = fields.required_text("template", {80, false, false});
  if (!text) return;
  if (auto name = parse_template_name(*text)) {
    job.template_name = *std::move(name);
  } else {
    findings.wrong("/template",
                   "must be the key of a template, like \"avvio-procedimento\", or a key and version, like \"avvio-procedimento@3\"");
  }
}

void read_labels(FieldReader& fields, JobDraft& job, Findings& findings) {
  const auto* labels = fields.object("labels");
  if (labels == nullptr) return;
  if (labels->size() > 20) findings.wrong("/labels", "has more than 20 entries; send fewer");
  for (const auto& [name, value] : labels->items()) {
    const auto pointer = "/labels/" + escape_pointer(name);
    if (auto wrong = check_text(name, {60, false, false}); !wrong.empty()) {
      findings.wrong(pointer, "the label's name " + wrong);
    } else if (!value.is_string()) {
      findings.malformed(pointer, "must be a text");
    } else if (wrong = check_text(value.get_ref<const std::string&>(), {200, true, false}); !wrong.empty()) {
      findings.wrong(pointer, std::move(wrong));
    } else {
      job.labels.emplace(name, value.get<std::string>());
    }
  }
}

}  // namespace

DraftRecipient parse_recipient(const InputJson& value, const std::string& pointer, std::string_view region, Findings& findings) {
  FieldReader fields(value, pointer, kRecipientFields, findings);
  DraftRecipient recipient;
  recipient.name = fields.text("name", {200, true, false}).value_or("");
  if (auto language = fields.text("language", {35, false, false})) {
    if (is_language_tag(*language)) {
      recipient.language = *std::move(language);
    } else {
      findings.wrong(fields.at("language"), "must be a language tag like \"it\" or \"de-AT\" (BCP 47)");
    }
  }
  const auto address = [&](std::string_view name, Channel channel, std::size_t most) {
    const auto text = fields.text(name, {most, false, false});
    if (!text) return;
    if (auto normal = normalise_address(channel, *text, region)) {
      recipient.addresses.emplace(channel, *std::move(normal));
    } else {
      findings.wrong(fields.at(name), normal.error());
    }
  };
  address("pec", Channel::pec, 320);
  address("email", Channel::email, 320);
  if (const auto text = fields.text("phone", {40, false, false})) {
    if (auto phone = read_phone(*text, region)) {
      recipient.addresses.emplace(Channel::sms, std::move(phone->e164));
      recipient.phone_kind = phone->kind;
    } else {
      findings.wrong(fields.at("phone"), std::move(phone.error().message), std::move(phone.error().code));
    }
  }
  address("push", Channel::push, 4096);
  address("webhook", Channel::webhook, 2000);
  address("fiscal_code", Channel::io, 16);
  if (const auto io = recipient.addresses.find(Channel::io); io != recipient.addresses.end()) recipient.fiscal_code = io->second;
  return recipient;
}

std::vector<StepSpec> parse_plan(const InputJson& rows, const std::string& pointer, Findings& findings) {
  std::vector<StepSpec> plan;
  if (rows.empty()) findings.wrong(pointer, "has no step; leave it out to use the template's own");
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto at = pointer + "/" + std::to_string(i);
    FieldReader fields(rows[i], at, kStepFields, findings);
    StepSpec step;
    if (fields.is_object() && !fields.has("channel")) findings.malformed(fields.at("channel"), "is missing");
    const auto channel = fields.word<Channel>("channel", parse_channel, "pec, email, sms, push, io, webhook");
    step.pool = fields.text("pool", {63, false, false}).value_or("");
    const auto success = fields.word<SuccessRule>("success", parse_success_rule, "sent, delivered, read");
    if (const auto wait = fields.integer("wait_seconds", 1, 31'536'000)) step.wait = Seconds(*wait);
    if (!channel) continue;
    step.channel = *channel;
    step.success = success.value_or(SuccessRule::sent);
    if (!can_reach(step.channel, step.success)) {
      findings.wrong(fields.at("success"), "the channel " + std::string(to_string(step.channel)) + " can never report \"" +
                                               std::string(to_string(step.success)) + "\"; ask for less");
    }
    plan.push_back(std::move(step));
  }
  return plan;
}

JobDraft parse_job(InputJson&& job_json, const JobLimits& limits, std::string_view region, Instant now, Findings& findings) {
  JobDraft job;
  FieldReader fields(job_json, "", kJobFields, findings);
  if (!fields.is_object()) return job;
  read_template_reference(fields, job, findings);
  if (!fields.has("recipient")) {
    findings.malformed("/recipient", "is missing");
  } else if (const auto* recipient = fields.object("recipient")) {
    job.recipient = parse_recipient(*recipient, "/recipient", region, findings);
  }
  if (const auto* rows = fields.array("plan", 10)) job.plan = parse_plan(*rows, "/plan", findings);
  if (const auto priority = fields.word<Priority>("priority", parse_priority, "urgent, alert, normal, bulk")) job.priority = *priority;
  job.send_at = instant(fields, "send_at", findings);
  job.expires_at = instant(fields, "expires_at", findings);
  check_times(job, now, findings);
  job.reference = fields.text("reference", {200, false, false}).value_or("");
  job.protocol = fields.text("protocol", {100, false, false}).value_or("");
  job.case_file = fields.text("case", {100, false, false}).value_or("");
  read_labels(fields, job, findings);
  if (const auto* rows = fields.array("attachments", limits.attachments)) {
    job.attachments = parse_attachments(*rows, "/attachments", limits, findings);
  }
  if (fields.object("data") != nullptr) job.data = std::move(job_json["data"]);
  return job;
}

}  // namespace messo::api
