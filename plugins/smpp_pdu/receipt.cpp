#include "smpp_pdu/receipt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/ascii.hpp"
#include "smpp_pdu/smpp_time.hpp"

namespace messo::smpp {
namespace {

constexpr std::size_t kMaxIdLength = 64;
constexpr std::size_t kMaxCodeLength = 16;
constexpr std::uint8_t kDataCodingUcs2 = 8;

struct StateName {
  State state;
  std::string_view name;
  std::string_view stat;
};
constexpr std::array kStateNames{
    StateName{State::enroute, "enroute", "ENROUTE"},
    StateName{State::delivered, "delivered", "DELIVRD"},
    StateName{State::expired, "expired", "EXPIRED"},
    StateName{State::deleted, "deleted", "DELETED"},
    StateName{State::undeliverable, "undeliverable", "UNDELIV"},
    StateName{State::accepted, "accepted", "ACCEPTD"},
    StateName{State::unknown, "unknown", "UNKNOWN"},
    StateName{State::rejected, "rejected", "REJECTD"},
    StateName{State::skipped, "skipped", "SKIPPED"},
};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0'; }

bool is_letter_or_digit(char c) {
  const char lower = lower_letter(c);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9');
}

std::string code_of(std::string_view word) {
  std::string code;
  for (const char c : word.substr(0, kMaxCodeLength))
    if (is_letter_or_digit(c)) code.push_back(c);
  return code;
}

std::string date_of(std::string_view word) { return parse_receipt_date(word) ? std::string(word) : std::string(); }

// Visible ASCII only: an id goes into references and logs.
std::string id_of(std::string_view word) {
  if (word.size() > kMaxIdLength || !std::ranges::all_of(word, [](char c) { return c > ' ' && c < 0x7F; })) return {};
  return std::string(word);
}

// What the text form is made of (appendix B); `submit date` is also met as submit_date and submitdate.
enum class ReceiptKey : std::uint8_t { none, id, sub, dlvrd, submit_date, done_date, stat, err, text };

// The key that starts here and its colon; nothing is taken when there is none.
ReceiptKey take_key(std::string_view& text) {
  struct Name {
    std::string_view spelling;
    ReceiptKey key;
  };
  static constexpr std::array names{Name{"id:", ReceiptKey::id},
                                    Name{"sub:", ReceiptKey::sub},
                                    Name{"dlvrd:", ReceiptKey::dlvrd},
                                    Name{"stat:", ReceiptKey::stat},
                                    Name{"err:", ReceiptKey::err},
                                    Name{"text:", ReceiptKey::text},
                                    Name{"submit date:", ReceiptKey::submit_date},
                                    Name{"done date:", ReceiptKey::done_date},
                                    Name{"submit_date:", ReceiptKey::submit_date},
                                    Name{"done_date:", ReceiptKey::done_date},
                                    Name{"submitdate:", ReceiptKey::submit_date},
                                    Name{"donedate:", ReceiptKey::done_date}};
  for (const auto& name : names) {
    if (!equal_ignoring_case(text.substr(0, name.spelling.size()), name.spelling)) continue;
    text.remove_prefix(name.spelling.size());
    return name.key;
  }
  return ReceiptKey::none;
}

std::string_view next_word(std::string_view text) {
  return text.substr(0, static_cast<std::size_t>(std::ranges::find_if(text, is_blank) - text.begin()));
}

void skip_blanks(std::string_view& text) {
  text.remove_prefix(static_cast<std::size_t>(std::ranges::find_if_not(text, is_blank) - text.begin()));
}

void keep_first(std::string& field, std::string value) {
  if (field.empty()) field = std::move(value);
}

void keep_field(DeliveryReceipt& receipt, ReceiptKey key, std::string_view word) {
  switch (key) {
    case ReceiptKey::id: return keep_first(receipt.id, id_of(word));
    case ReceiptKey::stat: return keep_first(receipt.stat, code_of(word));
    case ReceiptKey::err: return keep_first(receipt.error, code_of(word));
    case ReceiptKey::submit_date: return keep_first(receipt.submit_date, date_of(word));
    case ReceiptKey::done_date: return keep_first(receipt.done_date, date_of(word));
    case ReceiptKey::none:
    case ReceiptKey::sub:
    case ReceiptKey::dlvrd:
    case ReceiptKey::text: return;
  }
}

// The receipt's own text as one octet a character; what is not ASCII matters to nobody.
std::string text_octets(const DeliverSm& deliver) {
  std::string_view octets = deliver.short_message;
  if (octets.empty())
    if (const auto* payload = find_tlv(deliver.tlvs, Tag::message_payload)) octets = payload->bytes;
  if ((deliver.esm_class & kEsmClassUdhi) != 0 && !octets.empty())
    octets.remove_prefix(std::min<std::size_t>(octets.size(), std::size_t{1} + static_cast<unsigned char>(octets[0])));
  if (deliver.data_coding != kDataCodingUcs2) return std::string(octets);
  std::string text;
  for (std::size_t i = 0; i + 1 < octets.size(); i += 2) text.push_back(octets[i] == '\0' ? octets[i + 1] : '?');
  return text;
}

bool says_receipt(const DeliverSm& deliver) {
  const auto type = deliver.esm_class & kEsmClassMessageType;
  if (type == kEsmClassReceipt || type == kEsmClassIntermediate) return true;
  return find_tlv(deliver.tlvs, Tag::receipted_message_id) && find_tlv(deliver.tlvs, Tag::message_state);
}

void read_parameters(DeliveryReceipt& receipt, const std::vector<Tlv>& tlvs) {
  if (const auto id = text_of(tlvs, Tag::receipted_message_id))
    if (auto readable = id_of(*id); !readable.empty()) receipt.id = std::move(readable);
  if (const auto state = number_of(tlvs, Tag::message_state)) receipt.state = state_of(*state);
  if (const auto* error = find_tlv(tlvs, Tag::network_error_code); error && error->bytes.size() == 3) {
    const auto number = *number_of(tlvs, Tag::network_error_code);
    receipt.network_type = static_cast<std::uint8_t>(number >> 16);
    receipt.error = std::to_string(number & 0xFFFF);
  }
  if (const auto reference = number_of(tlvs, Tag::user_message_reference); reference && *reference <= 0xFFFF)
    receipt.user_message_reference = static_cast<std::uint16_t>(*reference);
}

std::optional<std::uint64_t> number_in(std::string_view id, int radix) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number, radix);
  if (error != std::errc{} || end != id.data() + id.size()) return {};
  return number;
}

}  // namespace

std::string_view to_string(State state) { return kStateNames[static_cast<std::size_t>(state) - 1].name; }
std::string_view short_name(State state) { return kStateNames[static_cast<std::size_t>(state) - 1].stat; }

bool is_final(State state) { return state != State::enroute && state != State::accepted; }

State state_of(std::uint32_t message_state) {
  return message_state >= 1 && message_state <= 9 ? static_cast<State>(message_state) : State::unknown;
}

State state_of(std::string_view stat) {
  struct Beginning {
    std::string_view letters;
    State state;
  };
  static constexpr std::array beginnings{Beginning{"deliv", State::delivered},    Beginning{"undel", State::undeliverable},
                                         Beginning{"fail", State::undeliverable}, Beginning{"expir", State::expired},
                                         Beginning{"delet", State::deleted},      Beginning{"accep", State::accepted},
                                         Beginning{"rejec", State::rejected},     Beginning{"enrou", State::enroute},
                                         Beginning{"buff", State::enroute},       Beginning{"skip", State::skipped}};
  for (const auto& known : beginnings)
    if (equal_ignoring_case(stat.substr(0, known.letters.size()), known.letters)) return known.state;
  return State::unknown;
}

DeliveryReceipt read_receipt_text(std::string_view text) {
  DeliveryReceipt receipt;
  for (skip_blanks(text); !text.empty(); skip_blanks(text)) {
    const auto key = take_key(text);
    if (key == ReceiptKey::text) break;
    if (key != ReceiptKey::none) skip_blanks(text);
    // "err: text:...": a field without a value.
    auto ahead = text;
    if (key != ReceiptKey::none && take_key(ahead) != ReceiptKey::none) continue;
    const auto word = next_word(text);
    keep_field(receipt, key, word);
    text.remove_prefix(word.size());
  }
  receipt.state = state_of(std::string_view(receipt.stat));
  return receipt;
}

std::optional<DeliveryReceipt> read_receipt(const DeliverSm& deliver) {
  if (!says_receipt(deliver)) return {};
  auto receipt = read_receipt_text(text_octets(deliver));
  read_parameters(receipt, deliver.tlvs);
  receipt.intermediate = (deliver.esm_class & kEsmClassMessageType) == kEsmClassIntermediate;
  return receipt;
}

std::string normalised_id(std::string_view id) {
  const auto first = std::min(id.find_first_not_of('0'), id.empty() ? 0 : id.size() - 1);
  return lower_case(std::string(id.substr(first)));
}

std::optional<std::string> decimal_of_hex(std::string_view id) {
  const auto number = number_in(id, 16);
  return number ? std::optional(std::to_string(*number)) : std::nullopt;
}

std::optional<std::string> hex_of_decimal(std::string_view id) {
  const auto number = number_in(id, 10);
  return number ? std::optional(fmt::format("{:x}", *number)) : std::nullopt;
}

}  // namespace messo::smpp
