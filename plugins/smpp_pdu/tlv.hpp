// Optional parameters: tag, length, value (SMPP 3.4 §3.2.4, §5.3).
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace messo::smpp {

// The tags this code base reads or writes (§5.3.2); others are kept as they come.
enum class Tag : std::uint16_t {
  receipted_message_id = 0x001E,    // C-octet string, at most 65
  user_message_reference = 0x0204,  // two octets
  sar_msg_ref_num = 0x020C,         // two octets
  sar_total_segments = 0x020E,      // one octet
  sar_segment_seqnum = 0x020F,      // one octet
  sc_interface_version = 0x0210,    // one octet
  network_error_code = 0x0423,      // network type, then two octets
  message_payload = 0x0424,
  delivery_failure_reason = 0x0425,      // one octet
  more_messages_to_send = 0x0426,        // one octet
  message_state = 0x0427,                // one octet
  additional_status_info_text = 0x001D,  // C-octet string, at most 256
  ms_availability_status = 0x0422,       // one octet
};

struct Tlv {
  std::uint16_t tag = 0;
  std::string bytes{};  // at most 65,535
  bool operator==(const Tlv&) const = default;
};

Tlv tlv(Tag tag, std::string bytes);
Tlv tlv_octet(Tag tag, std::uint8_t number);
Tlv tlv_number(Tag tag, std::uint16_t number);  // two octets
Tlv tlv_text(Tag tag, std::string_view text);   // with its NUL

// The first one of this tag, or nullptr.
const Tlv* find_tlv(std::span<const Tlv> tlvs, Tag tag);
// Its number, of one to four octets; nullopt when it is not there or has another length.
std::optional<std::uint32_t> number_of(std::span<const Tlv> tlvs, Tag tag);
// Its text up to the NUL (a missing NUL is forgiven); nullopt when it is not there.
std::optional<std::string_view> text_of(std::span<const Tlv> tlvs, Tag tag);

}  // namespace messo::smpp
