// Delivery receipts: what became of a message, in a deliver_sm (SMPP 3.4 §4.6, appendix B, and optional parameters). Pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "smpp_pdu/pdu.hpp"

namespace messo::smpp {

// message_state (§5.2.28) and `stat` of the text form; `skipped` came with SMPP 5.0.
enum class State : std::uint8_t {
  enroute = 1,
  delivered = 2,
  expired = 3,
  deleted = 4,
  undeliverable = 5,
  accepted = 6,
  unknown = 7,
  rejected = 8,
  skipped = 9,
};

std::string_view to_string(State state);   // "delivered"
std::string_view short_name(State state);  // as `stat` has it: "DELIVRD"
// False for enroute and accepted: another receipt is still to come.
bool is_final(State state);
// message_state of query_sm_resp or of a TLV; anything else than 1..9 is `unknown`.
State state_of(std::uint32_t message_state);
// `stat` in any case, also as SMSCs write it out ("DELIVERED", "UNDELIVERABLE", "FAILED"); anything else is `unknown`.
State state_of(std::string_view stat);

struct DeliveryReceipt {
  std::string id{};  // as the SMSC wrote it, at most 64 octets; empty when it named none. Compare by normalised_id()
  State state = State::unknown;
  std::string stat{};   // `stat` of the text as it was written, letters and digits only, at most 16; empty without one
  std::string error{};  // error code of the network: `err` (letters and digits, at most 16) or network_error_code in decimal
  std::optional<std::uint8_t> network_type;  // of network_error_code: 1 ANSI-136, 2 IS-95, 3 GSM
  std::string submit_date{};                 // digits as given, see parse_receipt_date(); empty when missing or no date
  std::string done_date{};
  std::optional<std::uint16_t> user_message_reference;
  bool intermediate = false;  // esm_class says that it is a notification on the way
};

// A receipt is what esm_class calls one (receipt or intermediate notification), or what bears receipted_message_id and message_state. A
// text that only looks like one is none: anybody can write such a text message. Optional parameters go before the text, which may be in
// message_payload, in ASCII, Latin-1, GSM or UCS-2. The quoted message ("text:") is not read: it is a citizen's. nullopt: no receipt.
std::optional<DeliveryReceipt> read_receipt(const DeliverSm& deliver);
// The text form alone, from hostile octets; fields that are missing stay empty.
DeliveryReceipt read_receipt_text(std::string_view text);

// One spelling for one id: lower case, without leading zeros ("0" when there is nothing else).
std::string normalised_id(std::string_view id);
// The same number in the other radix, normalised; nullopt when it is not such a number or has over 64 bits.
std::optional<std::string> decimal_of_hex(std::string_view id);
std::optional<std::string> hex_of_decimal(std::string_view id);

}  // namespace messo::smpp
