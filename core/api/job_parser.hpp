// A posted job as JSON -> a draft with every member checked on its own (docs/api.md). Pure.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "api/address/phone.hpp"
#include "api/problem.hpp"
#include "api/template_catalogue.hpp"
#include "model/notification.hpp"

namespace messo::api {

struct JobLimits {
  std::uint64_t attachment_bytes = 10ULL << 20;  // of all attachments together, decoded
  std::size_t attachments = 20;
};

struct DraftAttachment {
  std::string name;
  std::string content_type;
  std::string content;  // decoded
};

struct DraftRecipient : Recipient {
  PhoneKind phone_kind = PhoneKind::unclear;  // of its number, where it has one
};

// What a job says, before anything is known of the template. Addresses are normal, times plausible.
struct JobDraft {
  TemplateName template_name;
  DraftRecipient recipient;  // `language` as asked for; empty: the template's default
  nlohmann::json data = nlohmann::json::object();
  std::optional<std::vector<StepSpec>> plan;
  Priority priority = Priority::normal;
  std::optional<Instant> send_at, expires_at;
  std::string reference, protocol, case_file;
  std::map<std::string, std::string> labels;
  std::vector<DraftAttachment> attachments;
};

// Takes the job apart (its data is moved out). `region`: of phone numbers without a country code. Every mistake becomes a finding; with
// findings the draft is of no use.
JobDraft parse_job(nlohmann::json&& job, const JobLimits& limits, std::string_view region, Instant now, Findings& findings);

// The recipient alone, as in a job.
DraftRecipient parse_recipient(const nlohmann::json& value, const std::string& pointer, std::string_view region, Findings& findings);
// A plan's rows as in a job: channel, pool, success rule within the channel's reach, wait.
std::vector<StepSpec> parse_plan(const nlohmann::json& rows, const std::string& pointer, Findings& findings);
// Decodes and bounds inline attachments.
std::vector<DraftAttachment> parse_attachments(const nlohmann::json& rows, const std::string& pointer, const JobLimits& limits,
                                               Findings& findings);

}  // namespace messo::api
