// From a message of the hub to submit_sm PDUs: encoding, parts, addresses, validity (SMPP 3.4 §4.4). Pure but for the numbers it draws.
#pragma once
#include <atomic>

#include "smpp/outbound.hpp"

namespace messo::smpp {

// Numbers for concatenations and user_message_reference: one after the other, from a random start. Thread-safe.
class ReferenceNumbers {
 public:
  ReferenceNumbers();
  // The first of `count` numbers that follow each other, modulo 65536.
  std::uint16_t draw(std::size_t count) { return static_cast<std::uint16_t>(next_.fetch_add(static_cast<std::uint32_t>(count))); }

 private:
  std::atomic<std::uint32_t> next_;
};

// The name under which a receipt that returns user_message_reference is matched: "<number>/<16 hex digits>", of HMAC-SHA-256 of the
// recipient's digits under the password, so that no number stands in the ledger.
std::string user_reference(std::uint16_t number, std::string_view digits, const Secret& password);

// Everything but times of the monotonic clock. What cannot be sent has a verdict: refused "smpp.bad_address" (scope destination),
// "smpp.bad_sender", "smpp.no_sender", "smpp.empty", "smpp.too_long".
Outbound make_outbound(const plugin::Message& message, const SmppSettings& settings, ReferenceNumbers& numbers, std::int64_t now_ms);

}  // namespace messo::smpp
