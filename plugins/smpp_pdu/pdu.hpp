// PDUs of SMPP 3.4 as values, and their form on the wire (§3.2, §4). Pure and thread-safe; every octet that comes in is hostile.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>
#include <vector>

#include "smpp_pdu/status.hpp"
#include "smpp_pdu/tlv.hpp"

namespace messo::smpp {

// §5.1.2.1; the response to a request has the highest bit set.
enum class CommandId : std::uint32_t {
  bind_receiver = 0x01,
  bind_transmitter = 0x02,
  query_sm = 0x03,
  submit_sm = 0x04,
  deliver_sm = 0x05,
  unbind = 0x06,
  bind_transceiver = 0x09,
  outbind = 0x0B,
  enquire_link = 0x15,
  alert_notification = 0x102,
  data_sm = 0x103,
  generic_nack = 0x80000000,
  bind_receiver_resp = 0x80000001,
  bind_transmitter_resp = 0x80000002,
  query_sm_resp = 0x80000003,
  submit_sm_resp = 0x80000004,
  deliver_sm_resp = 0x80000005,
  unbind_resp = 0x80000006,
  bind_transceiver_resp = 0x80000009,
  enquire_link_resp = 0x80000015,
  data_sm_resp = 0x80000103,
};

std::string_view to_string(CommandId id);  // "submit_sm_resp"; empty when there is no such command

constexpr std::size_t kHeaderSize = 16;
constexpr std::uint32_t kMaxSequence = 0x7FFFFFFF;  // sequence numbers of requests go from 1 to here, then from 1 again (§5.1.4)
constexpr std::uint8_t kInterfaceVersion = 0x34;

// §5.2.5, §5.2.6; TON and NPI are plain octets in the PDUs, for SMSCs use others too.
enum class Ton : std::uint8_t { unknown = 0, international = 1, national = 2, network_specific = 3, subscriber = 4, alphanumeric = 5 };
enum class Npi : std::uint8_t { unknown = 0, isdn = 1 };

constexpr std::uint8_t kEsmClassUdhi = 0x40;          // §5.2.12: short_message starts with a user data header
constexpr std::uint8_t kEsmClassMessageType = 0x3C;   // the bits that say what a deliver_sm is
constexpr std::uint8_t kEsmClassReceipt = 0x04;       // SMSC delivery receipt
constexpr std::uint8_t kEsmClassIntermediate = 0x20;  // intermediate delivery notification
constexpr std::uint8_t kReceiptAlways = 0x01;         // registered_delivery, §5.2.17: a final receipt, whatever the outcome
constexpr std::size_t kMaxShortMessage = 254;         // octets of short_message; longer: message_payload

// Texts are C-octet strings without their NUL; the number beside one is its maximum with the NUL, as in the standard.

enum class BindRole : std::uint8_t { receiver, transmitter, transceiver };

// §4.1. `interface_version`: what the client speaks.
struct BindRequest {
  BindRole role = BindRole::transceiver;
  std::string system_id{};    // 16
  std::string password{};     // 9
  std::string system_type{};  // 13
  std::uint8_t interface_version = kInterfaceVersion;
  std::uint8_t addr_ton = 0;
  std::uint8_t addr_npi = 0;
  std::string address_range{};  // 41
  bool operator==(const BindRequest&) const = default;
};

struct BindResponse {
  BindRole role = BindRole::transceiver;
  std::string system_id{};  // 16 by the standard; up to 65 are read, for it only names the SMSC
  std::vector<Tlv> tlvs{};  // sc_interface_version
  bool operator==(const BindResponse&) const = default;
};

// §4.1.7: the SMSC asks for a bind_receiver.
struct Outbind {
  std::string system_id{};  // 16
  std::string password{};   // 9
  bool operator==(const Outbind&) const = default;
};

template <CommandId>
struct HeaderOnly {
  bool operator==(const HeaderOnly&) const = default;
};
using Unbind = HeaderOnly<CommandId::unbind>;
using UnbindResponse = HeaderOnly<CommandId::unbind_resp>;
using EnquireLink = HeaderOnly<CommandId::enquire_link>;
using EnquireLinkResponse = HeaderOnly<CommandId::enquire_link_resp>;
// §4.3: the answer to what could not be read; the PDU's status says why, its sequence number is the one of the bad PDU, or 0.
using GenericNack = HeaderOnly<CommandId::generic_nack>;

template <CommandId>
struct ShortMessagePdu {
  std::string service_type{};  // 6
  std::uint8_t source_addr_ton = 0;
  std::uint8_t source_addr_npi = 0;
  std::string source_addr{};  // 21
  std::uint8_t dest_addr_ton = 0;
  std::uint8_t dest_addr_npi = 0;
  std::string destination_addr{};  // 21
  std::uint8_t esm_class = 0;
  std::uint8_t protocol_id = 0;
  std::uint8_t priority_flag = 0;
  std::string schedule_delivery_time{};  // 17; see smpp_time.hpp
  std::string validity_period{};         // 17
  std::uint8_t registered_delivery = 0;
  std::uint8_t replace_if_present_flag = 0;
  std::uint8_t data_coding = 0;
  std::uint8_t sm_default_msg_id = 0;
  std::string short_message{};  // at most kMaxShortMessage octets of any value
  std::vector<Tlv> tlvs{};
  bool operator==(const ShortMessagePdu&) const = default;
};

using SubmitSm = ShortMessagePdu<CommandId::submit_sm>;  // §4.4.1
// §4.6.1: the times, replace_if_present_flag and sm_default_msg_id are not used.
using DeliverSm = ShortMessagePdu<CommandId::deliver_sm>;

template <CommandId>
struct MessageIdResponse {
  std::string message_id{};  // 65
  std::vector<Tlv> tlvs{};
  bool operator==(const MessageIdResponse&) const = default;
};
using SubmitSmResponse = MessageIdResponse<CommandId::submit_sm_resp>;    // no message_id when the status is an error
using DeliverSmResponse = MessageIdResponse<CommandId::deliver_sm_resp>;  // message_id is not used
using DataSmResponse = MessageIdResponse<CommandId::data_sm_resp>;

// §4.7.1: the text is in message_payload.
struct DataSm {
  std::string service_type{};  // 6
  std::uint8_t source_addr_ton = 0;
  std::uint8_t source_addr_npi = 0;
  std::string source_addr{};  // 65
  std::uint8_t dest_addr_ton = 0;
  std::uint8_t dest_addr_npi = 0;
  std::string destination_addr{};  // 65
  std::uint8_t esm_class = 0;
  std::uint8_t registered_delivery = 0;
  std::uint8_t data_coding = 0;
  std::vector<Tlv> tlvs{};
  bool operator==(const DataSm&) const = default;
};

// §4.8: source_addr as it was submitted.
struct QuerySm {
  std::string message_id{};  // 65
  std::uint8_t source_addr_ton = 0;
  std::uint8_t source_addr_npi = 0;
  std::string source_addr{};  // 21
  bool operator==(const QuerySm&) const = default;
};

struct QuerySmResponse {
  std::string message_id{};        // 65
  std::string final_date{};        // 17; empty while there is no final state
  std::uint8_t message_state = 0;  // MessageState of receipt.hpp
  std::uint8_t error_code = 0;     // the network's, of its own meaning
  std::vector<Tlv> tlvs{};
  bool operator==(const QuerySmResponse&) const = default;
};

// §4.12: a phone is reachable again.
struct AlertNotification {
  std::uint8_t source_addr_ton = 0;
  std::uint8_t source_addr_npi = 0;
  std::string source_addr{};  // 65
  std::uint8_t esme_addr_ton = 0;
  std::uint8_t esme_addr_npi = 0;
  std::string esme_addr{};  // 65
  std::vector<Tlv> tlvs{};
  bool operator==(const AlertNotification&) const = default;
};

using Body =
    std::variant<BindRequest, BindResponse, Outbind, Unbind, UnbindResponse, EnquireLink, EnquireLinkResponse, GenericNack, SubmitSm,
                 SubmitSmResponse, DeliverSm, DeliverSmResponse, DataSm, DataSmResponse, QuerySm, QuerySmResponse, AlertNotification>;

struct Pdu {
  std::uint32_t status = 0;  // command_status; 0 in requests
  std::uint32_t sequence = 0;
  Body body{};
  bool operator==(const Pdu&) const = default;
};

CommandId command_id(const Body& body);
// A command that is answered, not an answer itself (alert_notification and outbind are answered by nothing).
bool is_response(CommandId id);

// The whole PDU in network order. Empty when something does not fit its field (a text over its maximum or with a NUL in it, a short_message
// over 254 octets, a TLV over 65,535): nothing is ever cut, for half an address is another one; unfit_field() then names it. A response
// whose status is an error and whose body is empty is only a header (§4.1.2, §4.4.2).
std::string encode(const Pdu& pdu);
// The first field that cannot be written, under its standard name; empty when encode() works.
std::string_view unfit_field(const Pdu& pdu);

// The four numbers every PDU starts with (§5.1).
struct Header {
  std::uint32_t length = 0;
  std::uint32_t command_id = 0;  // any number: see to_string(CommandId)
  std::uint32_t status = 0;
  std::uint32_t sequence = 0;
};

// Why a PDU could not be read. No texts of the PDU itself.
struct DecodeError {
  Header header;
  std::string_view field;                // standard name: "command_length", "destination_addr", "optional parameters"
  std::string_view problem;              // "longer than its maximum"
  Status answer = Status::ESME_RSYSERR;  // for the response or generic_nack to it, when it was a request
  bool fatal = false;                    // its end is not known: the connection has to be closed
};

struct Decoded {
  std::size_t consumed = 0;  // octets taken off the front, also of a PDU that could not be read; all of them after a fatal error
  tl::expected<Pdu, DecodeError> pdu;
};

// Takes one PDU off the front of `bytes`. nullopt: not whole yet. A command_length below 16 or above `max_pdu` is fatal. Forgiven, for
// SMSCs do it: responses without body or that end early between two fields, anything after the body of a PDU that has none. Time and memory
// are linear in max_pdu; at most 256 optional parameters a PDU.
std::optional<Decoded> decode(std::string_view bytes, std::size_t max_pdu = 64 * 1024);

}  // namespace messo::smpp
