#include "exec_protocol.hpp"

#include <algorithm>
#include <stdexcept>

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
constexpr std::pair<std::string_view, messo_milestone> kMilestones[] = {
    {"accepted", MESSO_MILESTONE_ACCEPTED}, {"warning_12h", MESSO_MILESTONE_WARNING_12H}, {"read", MESSO_MILESTONE_READ},
    {"paid", MESSO_MILESTONE_PAID},         {"delayed", MESSO_MILESTONE_DELAYED},         {"complained", MESSO_MILESTONE_COMPLAINED}};
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

bool within_bounds(std::string_view line) {
  std::size_t values = 1, depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
      continue;
    }
    if (c == '"') in_text = true;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == ',' || c == '[' || c == '{') ++values;
    if (depth > kMaxNesting || values > kMaxValues) return false;
  }
  return true;
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
    const json extensions = result.value("extensions", json());
    for (const json& extension : extensions.is_array() ? extensions : json::array()) {
      const std::string name = extension.is_string() ? extension.get<std::string>() : extension.dump();
      if (name == "query/1") {
        out.queries = true;
      } else if (name == "receipts.poll/1") {
        out.polls = true;
      } else if (name == "receipts.callback/1") {
        out.takes_calls = true;
      } else if (name == "balance/1") {
        out.balance = true;
      } else if (out.unknown_extension.empty()) {
        out.unknown_extension = name.substr(0, 64);
      }
    }
  }
  if (!out.name.empty() && !out.channels.empty()) return out;
  problem = "its answer to `describe` lacks name or channels";
  return {};
}

// ---- extensions ----

std::vector<PollsReceipts::Mailbox> read_mailboxes(const json& result) {
  std::vector<PollsReceipts::Mailbox> out;
  const auto list = result.is_object() ? result.find("mailboxes") : result.end();
  if (!result.is_object() || list == result.end() || !list->is_array()) return out;
  for (const json& one : *list) {
    PollsReceipts::Mailbox mailbox;
    mailbox.name = one.is_string() ? one.get<std::string>() : one.is_object() ? text_of(one, "name") : std::string();
    if (one.is_object()) mailbox.every = std::chrono::milliseconds(std::max<std::int64_t>(number_of(one, "every_ms", 0), 0));
    const auto same = [&](const PollsReceipts::Mailbox& other) { return other.name == mailbox.name; };
    if (mailbox.name.empty() || mailbox.name.size() > kMaxMailbox || std::any_of(out.begin(), out.end(), same)) continue;
    if (out.size() == kMostMailboxes) break;
    out.push_back(std::move(mailbox));
  }
  return out;
}

json references_json(const std::vector<Reference>& references) {
  json out = json::array();
  for (const Reference& one : references) out.push_back({{"kind", one.kind}, {"value", one.value}, {"part", one.part}});
  return out;
}

json call_json(const TakesReceiptCalls::Call& call) {
  json headers = json::parse(call.headers_json, nullptr, false);
  return {{"method", call.method},
          {"path", call.path},
          {"query", call.query},
          {"headers", headers.is_object() ? std::move(headers) : json::object()},
          {"body_base64", messo::to_base64(call.body)},
          {"client_address", call.client_address},
          {"url", call.url}};
}

PollsReceipts::Page read_page(const json& result) {
  const auto items = result.is_object() ? result.find("items") : result.end();
  if (!result.is_object() || items == result.end() || !items->is_array())
    throw std::runtime_error("the program's answer to `poll` has no list `items`");
  PollsReceipts::Page page;
  page.cursor = text_of(result, "cursor");
  const auto more = result.find("more");
  page.more = more != result.end() && *more == true;
  for (const json& one : *items) {
    PollsReceipts::Item item;
    if (one.is_object()) item.id = text_of(one, "id");
    if (item.id.empty()) throw std::runtime_error("the program gave an item without an id in its answer to `poll`");
    item.code = text_of(one, "code");
    item.problem = text_of(one, "problem");
    const auto raw = messo::from_base64(text_of(one, "raw_base64"));
    if (raw) item.raw = *raw;
    std::string why = raw ? std::string() : "raw_base64 is not base64";
    if (why.empty() && item.problem.empty() && item.code.empty() && one.contains("receipts")) {
      auto receipts = read_receipts({{"receipts", one.at("receipts")}}, why);
      if (receipts) item.receipts = std::move(*receipts);
    }
    if (!why.empty()) item.code = "exec.bad_item", item.problem = "the program gave an item that is none: " + why;
    if (!item.code.empty() && item.problem.empty()) item.problem = "the program could not read the item and did not say why";
    page.items.push_back(std::move(item));
  }
  return page;
}

TakesReceiptCalls::Answer read_call_answer(const json& result) {
  if (!result.is_object()) throw std::runtime_error("the program's answer to `callback` is no object");
  TakesReceiptCalls::Answer out;
  out.status = static_cast<std::uint32_t>(std::clamp<std::int64_t>(number_of(result, "status", out.status), 0, 999));
  if (const auto type = text_of(result, "content_type"); !type.empty()) out.content_type = type;
  out.body = text_of(result, "body");
  if (!result.contains("receipts")) return out;
  std::string problem;
  auto receipts = read_receipts({{"receipts", result.at("receipts")}}, problem);
  if (!receipts) throw std::runtime_error("the program gave no proper receipt in its answer to `callback`: " + problem);
  out.receipts = std::move(*receipts);
  return out;
}

}  // namespace exec
