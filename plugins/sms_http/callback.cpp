#include "sms_http/callback.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/ascii.hpp"
#include "base/hash.hpp"
#include "base/percent.hpp"
#include "sms_http/callback_proof.hpp"

namespace messo::sms_http {
namespace {

using Answer = plugin::TakesReceiptCalls::Answer;
using Call = plugin::TakesReceiptCalls::Call;
using ReportJson = nlohmann::json;

constexpr std::size_t kMostPairs = 200, kMostReports = 1000, kLongestName = 200, kLongestKey = 200;

struct WordMeaning {
  ReportWord word;
  messo_receipt_kind kind;
  messo_milestone milestone;
  const char* code;
  const char* text;
};
constexpr WordMeaning kWordMeanings[] = {
    {ReportWord::delivered, MESSO_RECEIPT_DELIVERED, MESSO_MILESTONE_NONE, "sms.delivered", "The message reached the phone."},
    {ReportWord::undelivered, MESSO_RECEIPT_UNDELIVERED, MESSO_MILESTONE_NONE, "sms.undelivered", "The message did not reach the phone."},
    {ReportWord::bad_address, MESSO_RECEIPT_UNDELIVERED, MESSO_MILESTONE_NONE, "sms.undelivered", "The number does not take messages."},
    {ReportWord::expired, MESSO_RECEIPT_UNDELIVERED, MESSO_MILESTONE_NONE, "sms.expired", "The phone was not reached in time."},
    {ReportWord::rejected, MESSO_RECEIPT_UNDELIVERED, MESSO_MILESTONE_NONE, "sms.rejected", "The message was rejected on its way."},
    {ReportWord::deleted, MESSO_RECEIPT_UNDELIVERED, MESSO_MILESTONE_NONE, "sms.deleted", "The message was deleted on its way."},
    {ReportWord::unknown, MESSO_RECEIPT_MILESTONE, MESSO_MILESTONE_NONE, "sms.unknown",
     "The provider does not know what became of the message."},
    {ReportWord::read, MESSO_RECEIPT_MILESTONE, MESSO_MILESTONE_READ, "sms.read", "The message was read."},
};

std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = text[i] == '%' && i + 2 < text.size() ? from_hex(text.substr(i + 1, 2)) : std::nullopt;
    if (byte) {
      out += *byte;
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string of_parameters(const Parameters& parameters, std::string_view name) {
  const auto at = std::ranges::find(parameters, name, &Parameters::value_type::first);
  return at == parameters.end() ? std::string() : at->second;
}

Answer plain_answer(std::uint32_t status, std::string body) {
  Answer out;
  out.status = status;
  out.body = std::move(body);
  return out;
}

// One report of a call.
struct Report {
  std::string id, reference, status, error;
};

// Null: there is nothing. Members of objects only.
const ReportJson* at_pointer(const ReportJson& report, const std::string& pointer) {
  const ReportJson* at = &report;
  for (const auto& step : pointer_steps(pointer).value_or(std::vector<std::string>{})) {
    if (!at->is_object() || !at->contains(step)) return nullptr;
    at = &(*at)[step];
  }
  return at;
}

std::string text_at_pointer(const ReportJson& report, const std::string& pointer) {
  const ReportJson* const at = at_pointer(report, pointer);
  if (at == nullptr) return {};
  if (at->is_string()) return at->get<std::string>();
  return at->is_number() ? at->dump() : std::string();
}

class CallReader {
 public:
  CallReader(const CallbackShape& shape, const Call& call) : shape_(shape), call_(call), query_(form_parameters(call.query)) {}

  // False: it cannot be read.
  bool read(std::vector<Report>& out) const {
    if (shape_.body == CallbackShape::Body::form) {
      const Parameters body = form_parameters(call_.body);
      const auto find = [&](const std::string& name) {
        auto value = of_parameters(body, name);
        return value.empty() ? of_parameters(query_, name) : value;
      };
      out.push_back({find(shape_.id), find(shape_.reference), find(shape_.status), find(shape_.error)});
      return true;
    }
    const auto root = ReportJson::parse(call_.body, nullptr, false);
    if (root.is_discarded()) return false;
    const ReportJson* const reports = at_pointer(root, shape_.each);
    if (reports == nullptr) return false;
    if (!reports->is_array()) {
      out.push_back(report_of(*reports));
      return true;
    }
    if (reports->size() > kMostReports) return false;
    for (const auto& one : *reports) out.push_back(report_of(one));
    return true;
  }

 private:
  Report report_of(const ReportJson& one) const {
    const auto find = [&](const std::string& name) {
      return name.starts_with('/') ? text_at_pointer(one, name) : of_parameters(query_, name);
    };
    return {find(shape_.id), find(shape_.reference), find(shape_.status), find(shape_.error)};
  }

  const CallbackShape& shape_;
  const Call& call_;
  const Parameters query_;
};

ReportWord word_of(const CallbackShape& shape, const Report& report) {
  const auto status = shape.statuses.find(lower_case(report.status));
  const ReportWord word = status == shape.statuses.end() ? ReportWord::unknown : status->second;
  if (word == ReportWord::delivered || word == ReportWord::read || word == ReportWord::ignored) return word;
  const auto error = shape.errors.find(lower_case(report.error));
  return error == shape.errors.end() ? word : error->second;
}

// A gateway's own code, where it is one: short and without blanks, so no text of anybody.
bool is_code(std::string_view text) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  };
  return !text.empty() && text.size() <= 24 && std::ranges::all_of(text, good);
}

// What is kept of a call as it came; without a secret that stands in it.
std::string raw_of(const CallbackShape& shape, const Call& call) {
  const std::string_view bytes = call.body.empty() ? call.query : call.body;
  const bool has_secret = shape.proof == CallbackShape::Proof::secret && bytes.find(shape.parameter) != std::string_view::npos;
  if (shape.parameter.empty() || !has_secret || shape.body == CallbackShape::Body::json) return std::string(bytes);
  std::string out;
  for (const auto& [name, value] : form_parameters(bytes)) {
    if (name != shape.parameter) out += (out.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
  }
  return out;
}

plugin::Receipt receipt_of(const WordMeaning& meaning, const Report& report, const std::string& raw, messo_verification proof,
                           std::int64_t now_ms) {
  plugin::Receipt out;
  out.kind = meaning.kind;
  out.milestone = meaning.milestone;
  out.verification = proof;
  out.at_ms = now_ms;
  out.code = meaning.code;
  out.public_text = meaning.text;
  if (is_code(report.error) && report.error != "0") out.public_text += " Code of the provider: " + report.error + ".";
  out.raw = raw;
  if (!report.id.empty()) out.references.push_back({"sms-id", report.id, 0});
  if (!report.reference.empty()) out.references.push_back({"client-ref", report.reference, 0});
  out.dedupe_key = (report.id.empty() ? report.reference : report.id) + ":" + report.status + ":" + report.error;
  if (out.dedupe_key.size() > kLongestKey) out.dedupe_key = to_hex(as_text(sha256(out.dedupe_key)));
  if (meaning.word == ReportWord::bad_address) out.scope = MESSO_SCOPE_DESTINATION;
  return out;
}

}  // namespace

Parameters form_parameters(std::string_view encoded) {
  Parameters out;
  while (!encoded.empty() && out.size() < kMostPairs) {
    const auto pair = encoded.substr(0, encoded.find('&'));
    encoded.remove_prefix(std::min(pair.size() + 1, encoded.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    out.emplace_back(decoded(pair.substr(0, equals)), equals == std::string_view::npos ? std::string() : decoded(pair.substr(equals + 1)));
  }
  return out;
}

Answer take_call(const Settings& settings, const Call& call, std::int64_t now_ms) {
  if (!settings.description.callback || !settings.receipts) return plain_answer(404, "There is nothing at this address.\n");
  const CallbackShape& shape = *settings.description.callback;
  Values headers;
  const auto given = ReportJson::parse(call.headers_json, nullptr, false);
  if (given.is_object()) {
    for (const auto& [name, value] : given.items()) {
      if (value.is_string()) headers[name] = value.get<std::string>();
    }
  }
  const auto proof = proof_of(settings, call, headers);
  if (!proof) return plain_answer(403, "The signature or secret of this call is not right.\n");
  std::vector<Report> reports;
  if (!CallReader(shape, call).read(reports)) return plain_answer(400, "This call cannot be read.\n");
  Answer out = plain_answer(static_cast<std::uint32_t>(shape.answer_status), shape.answer_body);
  const auto raw = raw_of(shape, call);
  for (const auto& report : reports) {
    const auto too_long = [](const std::string& text) { return text.size() > kLongestName; };
    const bool names_none = report.id.empty() && report.reference.empty();
    if (names_none || report.status.empty() || too_long(report.id) || too_long(report.reference) || too_long(report.status) ||
        too_long(report.error))
      return plain_answer(400, "A report names no message or no status.\n");
    const auto word = word_of(shape, report);
    const auto meaning = std::ranges::find(kWordMeanings, word, &WordMeaning::word);
    if (meaning != std::end(kWordMeanings)) out.receipts.push_back(receipt_of(*meaning, report, raw, *proof, now_ms));
  }
  return out;
}

}  // namespace messo::sms_http
