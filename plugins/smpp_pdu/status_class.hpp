// What a command_status means for a message and its connection. Pure.
#pragma once
#include <cstdint>
#include <string_view>

#include "smpp_pdu/status.hpp"

namespace messo::smpp {

enum class StatusClass : std::uint8_t {
  ok,
  throttled,              // over the agreed rate: slow down; the message's attempt does not count
  queue_full,             // the SMSC's queue is full: slow down; the attempt does not count
  retry,                  // a passing trouble of the SMSC: the same message may pass later
  rebind,                 // the session is not in the state it should be in: close it and bind anew, then the same message again
  configuration,          // no message will pass until an operator changes settings or the contract
  permanent_message,      // this message is not taken, however often it is sent
  permanent_destination,  // this number is not taken
};

std::string_view to_string(StatusClass klass);  // "ok", "throttled", ... as they are named here

// A number that nothing is known about is `retry`: temporary until proven otherwise. Those which SMSCs define themselves (0x400..0x4FF) are
// permanent_message.
StatusClass classify(std::uint32_t status);
inline StatusClass classify(Status status) { return classify(value(status)); }

}  // namespace messo::smpp
