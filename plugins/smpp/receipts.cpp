#include "smpp/receipts.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "smpp/addresses.hpp"
#include "smpp/messages.hpp"
#include "smpp_pdu/smpp_time.hpp"
#include "sms/text.hpp"

namespace messo::smpp {
namespace {

constexpr unsigned kProofs = 3;
constexpr std::size_t kLongestPlainKey = 200;
constexpr std::int64_t kTimeZones = 14LL * 3600 * 1000;  // ms; the SMSC does not say its own
constexpr std::int64_t kOldestDate = 30LL * 86'400'000;  // ms
constexpr std::int64_t kSameInbound = 600'000;           // ms within which the same text of the same sender is the same message
constexpr std::size_t kMostInboundAddress = 64;
constexpr std::uint8_t kConcatenation8 = 0x00, kConcatenation16 = 0x08;

struct Meaning {
  messo_receipt_kind kind;
  messo_milestone milestone;
  const char* code;
  const char* text;
};

Meaning meaning_of(State state) {
  switch (state) {
    case State::delivered:
      return {MESSO_RECEIPT_DELIVERED, MESSO_MILESTONE_NONE, "sms.delivered", "The message was delivered to the phone."};
    case State::expired: return {MESSO_RECEIPT_UNDELIVERED, MESSO_MILESTONE_NONE, "sms.expired", "The phone could not be reached in time."};
    case State::deleted:
      return {MESSO_RECEIPT_UNDELIVERED, MESSO_MILESTONE_NONE, "sms.deleted", "The message was deleted before it was delivered."};
    case State::undeliverable:
      return {MESSO_RECEIPT_UNDELIVERED, MESSO_MILESTONE_NONE, "sms.undelivered", "The message could not be delivered."};
    case State::rejected:
      return {MESSO_RECEIPT_UNDELIVERED, MESSO_MILESTONE_NONE, "sms.rejected", "The message was rejected by the network."};
    case State::skipped:
      return {MESSO_RECEIPT_UNDELIVERED, MESSO_MILESTONE_NONE, "sms.skipped", "The message was skipped by the provider."};
    case State::enroute: return {MESSO_RECEIPT_MILESTONE, MESSO_MILESTONE_ACCEPTED, "sms.enroute", "The message is on its way."};
    case State::accepted:
      return {MESSO_RECEIPT_MILESTONE, MESSO_MILESTONE_ACCEPTED, "sms.accepted", "The provider has accepted the message."};
    case State::unknown: break;
  }
  return {MESSO_RECEIPT_MILESTONE, MESSO_MILESTONE_NONE, "sms.unknown", "The provider does not know what became of the message."};
}

plugin::Receipt made_of(State state) {
  const auto meaning = meaning_of(state);
  plugin::Receipt out;
  out.kind = meaning.kind;
  out.milestone = meaning.milestone;
  out.verification = MESSO_VALID;  // it came over a session the SMSC and we have opened with our account
  out.code = meaning.code;
  out.public_text = meaning.text;
  return out;
}

std::string bounded_key(std::string key) {
  if (key.size() <= kLongestPlainKey && std::ranges::all_of(key, [](char c) { return c >= 0x20 && c < 0x7F; })) return key;
  return "sha256:" + to_hex(as_text(sha256(key)));
}

// The SMSC's own zone is not told: a date within a day's zones of now is now.
std::int64_t happened_at(const std::string& done_date, std::int64_t now_ms) {
  const auto date = parse_receipt_date(done_date);
  if (!date) return now_ms;
  const auto at = to_unix_ms(*date);
  return at > now_ms - kTimeZones || at < now_ms - kOldestDate ? now_ms : at;
}

// ---- inbound messages -------------------------------------------------------------------------------------------------------------------

std::string decoded_text(std::string_view octets, std::uint8_t data_coding) {
  switch (data_coding) {
    case 0: return sms::decode_gsm7(octets);
    case 8: return sms::decode_ucs2(octets);
    default: return sms::decode_latin1(octets);
  }
}

// Takes the user data header off; what it says of concatenation goes into `told`.
void take_header(std::string_view& octets, nlohmann::json& told) {
  if (octets.empty()) return;
  const auto at = [&](std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(octets[i])); };
  const std::size_t length = std::min<std::size_t>(at(0) + 1, octets.size());
  for (std::size_t i = 1; i + 1 < length;) {
    const auto kind = at(i), size = at(i + 1);
    if (i + 2 + size > length) break;
    if ((kind == kConcatenation8 && size == 3) || (kind == kConcatenation16 && size == 4)) {
      const auto last = i + 1 + size;
      told["reference"] = size == 3 ? at(i + 2) : at(i + 2) * 256 + at(i + 3);
      told["parts"] = at(last - 1);
      told["part"] = at(last);
    }
    i += 2 + size;
  }
  octets.remove_prefix(length);
}

plugin::Receipt read_inbound(const DeliverSm& deliver, std::int64_t now_ms) {
  const auto payload = find_tlv(deliver.tlvs, Tag::message_payload);
  std::string_view octets = payload != nullptr && deliver.short_message.empty() ? payload->bytes : deliver.short_message;
  nlohmann::json told{{"from", deliver.source_addr.substr(0, kMostInboundAddress)},
                      {"to", deliver.destination_addr.substr(0, kMostInboundAddress)},
                      {"at", to_rfc3339(from_unix_ms(now_ms))}};
  const auto whole = octets;
  if ((deliver.esm_class & kEsmClassUdhi) != 0) take_header(octets, told);
  told["text"] = decoded_text(octets, deliver.data_coding);
  plugin::Receipt out;
  out.verification = MESSO_VALID;
  out.at_ms = now_ms;
  out.code = "sms.inbound";
  out.public_text = "A message came in from a phone.";
  // An SMSC repeats what it had no answer for, without saying that it does.
  out.dedupe_key =
      "inbound:" + to_hex(as_text(sha256(fmt::format("{}\n{}\n{}\n", deliver.source_addr, deliver.destination_addr, now_ms / kSameInbound) +
                                         std::string(whole))));
  out.raw = told.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return out;
}

plugin::Receipt read_report(const DeliveryReceipt& report, const DeliverSm& deliver, IdRadix& radix, const SmppSettings& settings,
                            std::int64_t now_ms) {
  // A notification on the way tells of one try, and another is to come.
  const auto state = report.intermediate && report.state != State::delivered ? State::enroute : report.state;
  auto out = made_of(state);
  if (!report.error.empty() && report.error.find_first_not_of('0') != std::string::npos && out.kind == MESSO_RECEIPT_UNDELIVERED)
    out.public_text += fmt::format(" Error code of the network: {}.", report.error);
  out.at_ms = happened_at(report.done_date, now_ms);
  if (!report.id.empty()) out.references.push_back({"smpp-id", radix.as_in_response(report.id), 0});
  if (settings.match_by_user_reference && report.user_message_reference) {
    // Receipts come from the number the message went to; some SMSCs leave the addresses as they were submitted.
    for (const auto& address : {deliver.source_addr, deliver.destination_addr}) {
      const auto digits = bare_digits(address);
      if (!digits.empty()) out.references.push_back({"umr", user_reference(*report.user_message_reference, digits, settings.password), 0});
    }
  }
  const auto id =
      report.id.empty() ? fmt::format("{}/{}", deliver.source_addr, report.user_message_reference.value_or(0)) : normalised_id(report.id);
  auto key = fmt::format("{}:{}:{}", id, short_name(state), report.done_date);
  // Nothing to tell it by but all of it; and no number may stand in a key.
  if (report.id.empty()) key = "sha256:" + to_hex(as_text(sha256(key + deliver.destination_addr + deliver.short_message)));
  out.dedupe_key = bounded_key(std::move(key));
  return out;
}

}  // namespace

void IdRadix::saw(std::string_view id) {
  if (how_ != ReceiptIds::automatic || id.empty()) return;
  const auto [at, fresh] = seen_.insert(normalised_id(id));
  if (!fresh) return;
  order_.push_back(*at);
  if (order_.size() <= kRemembered) return;
  seen_.erase(order_.front());
  order_.pop_front();
}

std::string IdRadix::as_in_response(std::string_view id) {
  auto same = normalised_id(id);
  // A receipt in decimal of an id that was hexadecimal, and the other way round.
  const auto of_hex = how_ == ReceiptIds::decimal_of_hex || how_ == ReceiptIds::automatic ? hex_of_decimal(id) : std::nullopt;
  const auto of_decimal = how_ == ReceiptIds::hex_of_decimal || how_ == ReceiptIds::automatic ? decimal_of_hex(id) : std::nullopt;
  if (how_ == ReceiptIds::decimal_of_hex) return of_hex.value_or(same);
  if (how_ == ReceiptIds::hex_of_decimal) return of_decimal.value_or(same);
  if (how_ == ReceiptIds::same) return same;

  const bool is_same = seen(same), is_hex = of_hex && *of_hex != same && seen(*of_hex),
             is_decimal = of_decimal && *of_decimal != same && seen(*of_decimal);
  if (is_same + is_hex + is_decimal != 1) return same;
  const auto found = is_same ? ReceiptIds::same : is_hex ? ReceiptIds::decimal_of_hex : ReceiptIds::hex_of_decimal;
  // An id that is the same in every radix proves nothing.
  const bool tells = !is_same || (of_hex && *of_hex != same) || (of_decimal && *of_decimal != same);
  if (tells) {
    in_a_row_ = found == last_ ? in_a_row_ + 1 : 1;
    last_ = found;
    if (in_a_row_ >= kProofs) {
      how_ = found;
      seen_.clear();
      order_.clear();
    }
  }
  return is_same ? same : is_hex ? *of_hex : *of_decimal;
}

DeliverSm as_deliver(DataSm data) {
  DeliverSm out;
  out.service_type = std::move(data.service_type);
  out.source_addr_ton = data.source_addr_ton, out.source_addr_npi = data.source_addr_npi, out.source_addr = std::move(data.source_addr);
  out.dest_addr_ton = data.dest_addr_ton, out.dest_addr_npi = data.dest_addr_npi;
  out.destination_addr = std::move(data.destination_addr);
  out.esm_class = data.esm_class;
  out.registered_delivery = data.registered_delivery;
  out.data_coding = data.data_coding;
  out.tlvs = std::move(data.tlvs);
  return out;
}

plugin::Receipt read_incoming(const DeliverSm& deliver, IdRadix& radix, const SmppSettings& settings, std::int64_t now_ms) {
  if (const auto report = read_receipt(deliver)) return read_report(*report, deliver, radix, settings, now_ms);
  return read_inbound(deliver, now_ms);
}

std::optional<plugin::Receipt> receipt_of_query(const std::string& id, std::uint32_t part, State state, std::int64_t now_ms) {
  if (!is_final(state) || state == State::unknown) return {};
  auto out = made_of(state);
  out.at_ms = now_ms;
  out.dedupe_key = bounded_key(fmt::format("query:{}:{}", id, short_name(state)));
  out.references.push_back({"smpp-id", normalised_id(id), part});
  return out;
}

}  // namespace messo::smpp
