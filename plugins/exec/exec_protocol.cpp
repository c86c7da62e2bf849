#include "exec_protocol.hpp"

#include <algorithm>

#include "base/hash.hpp"
#include "base/uuid.hpp"

namespace exec {

using nlohmann::json;
using namespace messo::plugin;

namespace {

std::string line_of(const json& message) { return message.dump(-1, ' ', false, json::error_handler_t::replace) + "\n"; }

template <class E, std::size_t N>
E word(const json& object, const char* name, const std::pair<std::string_view, E> (&words)[N], E otherwise) {
  const std::string text = text_of(object, name);
  for (const auto& [known, value] : words) {
    if (known == text) return value;
  }
  return otherwise;
}

constexpr std::pair<std::string_view, messo_outcome_kind> kOutcomes[] = {{"sent", MESSO_SENT},
                                                                         {"pending", MESSO_PENDING},
                                                                         {"try_later", MESSO_TRY_LATER},
                                                                         {"refused", MESSO_REFUSED},
                                                                         {"unknown", MESSO_UNKNOWN}};
constexpr std::pair<std::string_view, messo_scope> kScopes[] = {
    {"message", MESSO_SCOPE_MESSAGE}, {"destination", MESSO_SCOPE_DESTINATION}, {"provider", MESSO_SCOPE_PROVIDER}};
constexpr std::pair<std::string_view, messo_receipt_kind> kReceipts[] = {
    {"delivered", MESSO_RECEIPT_DELIVERED}, {"undelivered", MESSO_RECEIPT_UNDELIVERED}, {"milestone", MESSO_RECEIPT_MILESTONE}};
constexpr std::pair<std::string_view, messo_milestone> kMilestones[] = {{"accepted", MESSO_MILESTONE_ACCEPTED},
                                                                        {"warning_12h", MESSO_MILESTONE_WARNING_12H},
                                                                        {"read", MESSO_MILESTONE_READ},
                                                                        {"paid", MESSO_MILESTONE_PAID},
                                                                        {"delayed", MESSO_MILESTONE_DELAYED}};
constexpr std::pair<std::string_view, messo_verification> kVerifications[] = {{"valid", MESSO_VALID},
                                                                              {"untrusted", MESSO_UNTRUSTED},
                                                                              {"expired", MESSO_EXPIRED},
                                                                              {"not_checked", MESSO_NOT_CHECKED},
                                                                              {"invalid", MESSO_INVALID}};
constexpr std::string_view kPriorities[] = {"urgent", "alert", "normal", "bulk"};

std::vector<Reference> references_of(const json& object) {
  std::vector<Reference> out;
  const auto list = object.find("references");
  if (list == object.end() || !list->is_array()) return out;
  for (const json& one : *list) {
    if (out.size() == 255 || !one.is_object()) break;
    const auto part = number_of(one, "part", 0);
    out.push_back({text_of(one, "kind"), text_of(one, "value"), static_cast<std::uint32_t>(std::clamp<std::int64_t>(part, 0, 255))});
  }
  return out;
}

std::optional<Receipt> read_receipt(const json& object, std::string& problem) {
  if (!object.is_object()) return problem = "a receipt is no object", std::nullopt;
  Receipt out;
  out.kind = word(object, "kind", kReceipts, MESSO_RECEIPT_MILESTONE);
  out.milestone = word(object, "milestone", kMilestones, MESSO_MILESTONE_NONE);
  out.verification = word(object, "verification", kVerifications, MESSO_NOT_CHECKED);
  out.at_ms = number_of(object, "at_ms", 0);
  out.dedupe_key = text_of(object, "dedupe_key");
  out.code = text_of(object, "code");
  out.public_text = text_of(object, "public_text");
  out.references = references_of(object);
  const auto raw = messo::from_base64(text_of(object, "raw_base64"));
  if (!raw) return problem = "raw_base64 is not base64", std::nullopt;
  out.raw = *raw;
  if (out.dedupe_key.empty() || out.references.empty()) return problem = "a receipt lacks dedupe_key or references", std::nullopt;
  return out;
}

}  // namespace

std::string text_of(const json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}
std::int64_t number_of(const json& object, const char* name, std::int64_t otherwise) {
  const auto at = object.find(name);
  return at != object.end() && at->is_number_integer() ? at->get<std::int64_t>() : otherwise;
}

std::string request_line(std::uint64_t id, std::string_view method, json params) {
  return line_of({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}});
}
std::string result_line(const json& id, json result) { return line_of({{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}}); }
std::string error_line(const json& id, int code, std::string_view message) {
  return line_of({{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", message}}}});
}

json message_json(const Message& m) {
  json parts = json::array(), attachments = json::array();
  for (std::size_t i = 0; i < m.part_count(); ++i) {
    const Part part = m.part(i);
    parts.push_back({{"name", part.name}, {"content_type", part.content_type}, {"body", part.body}});
  }
  for (std::size_t i = 0; i < m.attachment_count(); ++i) {
    const Attachment a = m.attachment(i);
    attachments.push_back({{"handle", a.handle}, {"size", a.size}, {"name", a.name}, {"content_type", a.content_type}});
  }
  json meta = json::parse(m.meta_json(), nullptr, false);
  return {{"attempt", to_string(m.attempt())},
          {"delivery", to_string(m.delivery())},
          {"attempt_number", m.attempt_number()},
          {"priority", kPriorities[std::min<std::size_t>(m.priority(), 3)]},
          {"created_ms", m.created_ms()},
          {"send_before_ms", m.send_before_ms()},
          {"answer_by_ms", m.answer_by_ms()},
          {"channel", m.channel()},
          {"to", m.to()},
          {"to_name", m.to_name()},
          {"from", m.from()},
          {"from_name", m.from_name()},
          {"reply_to", m.reply_to()},
          {"language", m.language()},
          {"meta", meta.is_object() ? std::move(meta) : json::object()},
          {"parts", std::move(parts)},
          {"attachments", std::move(attachments)}};
}

std::optional<messo_id> parse_id(std::string_view text) {
  const auto uuid = messo::Uuid::parse(text);
  if (!uuid) return {};
  messo_id out;
  std::copy(uuid->bytes.begin(), uuid->bytes.end(), std::begin(out.bytes));
  return out;
}

std::optional<SaidOutcome> read_outcome(const json& params) {
  if (!params.is_object()) return {};
  const auto attempt = parse_id(text_of(params, "attempt"));
  if (!attempt) return {};
  SaidOutcome out;
  out.attempt = *attempt;
  out.outcome.kind = word(params, "kind", kOutcomes, MESSO_UNKNOWN);
  out.outcome.scope = word(params, "scope", kScopes, MESSO_SCOPE_MESSAGE);
  const auto throttled = params.find("throttled");
  out.outcome.throttled = throttled != params.end() && *throttled == true;
  out.outcome.retry_after_ms = number_of(params, "retry_after_ms", -1);
  out.outcome.code = text_of(params, "code");
  out.outcome.public_text = text_of(params, "public_text");
  out.outcome.private_text = text_of(params, "private_text");
  out.outcome.references = references_of(params);
  return out;
}

std::optional<std::vector<Receipt>> read_receipts(const json& params, std::string& problem) {
  if (!params.is_object()) return problem = "params is no object", std::nullopt;
  const auto list = params.find("receipts");
  const json one = json::array({params});
  const json& all = list != params.end() && list->is_array() ? *list : one;
  if (all.size() > kMaxReceipts) return problem = "more than 1000 receipts at once", std::nullopt;
  std::vector<Receipt> out;
  for (const json& object : all) {
    auto receipt = read_receipt(object, problem);
    if (!receipt) return {};
    out.push_back(std::move(*receipt));
  }
  return out;
}

std::optional<Description> read_description(const json& result, std::string& problem) {
  Description out;
  if (result.is_object()) {
    out.name = text_of(result, "name").substr(0, 64);
    out.version = text_of(result, "version").substr(0, 64);
    for (const json& channel : result.value("channels", json::array())) {
      if (channel.is_string() && out.channels.size() < 16) out.channels.push_back(channel.get<std::string>());
    }
    if (const auto schema = result.find("schema"); schema != result.end()) out.schema = *schema;
    if (const auto credits = number_of(result, "credits", 0); credits > 0)
      out.credits = static_cast<std::uint32_t>(std::min<std::int64_t>(credits, 10'000));
  }
  if (!out.name.empty() && !out.channels.empty()) return out;
  problem = "its answer to `describe` lacks name or channels";
  return {};
}

}  // namespace exec
