// How to reach one SMSC and how to speak with it. Plain values, made once per provider and shared, read-only.
#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/secret.hpp"

namespace messo::smpp {

enum class LongMessages : std::uint8_t {
  udh,              // concatenation in the user data header of each part (TS 23.040 §9.2.3.24.1)
  sar,              // sar_ TLVs (SMPP 3.4 §5.3.2.22); the SMSC writes the header
  message_payload,  // the whole text in one PDU (§5.3.2.32); the SMSC splits it
};
enum class Validity : std::uint8_t { relative, absolute, none };
// How the ids of receipts are written, compared to those of submit_sm_resp.
enum class ReceiptIds : std::uint8_t { same, decimal_of_hex, hex_of_decimal, automatic };

struct SmppSettings {
  std::string host;
  std::uint16_t port = 2775;
  bool tls = false;
  std::string ca_file;  // PEM; empty: the system's authorities
  std::string system_id;
  Secret password;
  std::string system_type;
  std::string service_type;
  std::string address_range;
  unsigned binds = 1;      // sessions that send
  bool two_sided = false;  // transmitter + receiver instead of a transceiver, each
  unsigned window = 10;    // submit_sm without response, a bind
  unsigned queue = 50;     // messages that wait beside the window, a bind
  std::chrono::seconds enquire_link{30};
  std::chrono::seconds response{10};
  std::chrono::seconds connect{10};  // TCP, TLS and bind, each
  std::chrono::seconds account_pause{300};
  std::chrono::seconds reconnect_max{60};
  std::chrono::seconds throttle_max{60};
  std::chrono::seconds part_retry{120};  // how long the rest of a message is tried whose first parts were taken

  std::string sender;   // for messages that bring none
  int sender_ton = -1;  // -1: by what the sender looks like
  int sender_npi = -1;
  LongMessages long_messages = LongMessages::udh;
  bool packed_gsm7 = false;
  std::uint8_t data_coding_gsm7 = 0;
  bool receipts = true;
  Validity validity = Validity::relative;
  std::chrono::hours validity_max{72};
  ReceiptIds receipt_ids = ReceiptIds::same;
  bool match_by_user_reference = false;

  unsigned capacity() const { return binds * (window + queue); }
};

// The JSON was validated against the plugin's schema; here come the rules a schema cannot say. Error: kind invalid, code "bad_config", a
// sentence naming field and remedy.
Result<SmppSettings> read_settings(std::string_view config_json);

}  // namespace messo::smpp
