// What a gateway's answer, or its absence, means for a message (DESIGN §3, §7). Pure.
#pragma once
#include <chrono>
#include <string>

#include "messo_channel.hpp"
#include "sms_http/description.hpp"
#include "sms_http/http_client.hpp"

namespace messo::sms_http {

struct Verdict {
  plugin::Outcome outcome;
  std::chrono::milliseconds pause{0};  // of the whole provider
  std::string reason;                  // why it is paused: a sentence for operators
};

// How a message that was accepted is known from now on.
struct Accepted {
  bool expects_receipts = false;
  std::string reference;  // ours, if calls of the gateway name it; else empty
};

// By the description's rules; where none holds, by the HTTP status. A gateway that says 2xx and nothing readable has perhaps taken the
// message: unknown; so has one that says 500, 502 or 504, for who answers there is often not who sends.
Verdict verdict_of(const Description& description, const HttpReply& reply, const Accepted& accepted);
// The request had no answer.
Verdict verdict_of(const HttpFailure& failure);
// Signing in failed, so nothing was sent.
Verdict sign_in_failed(const HttpReply& reply);

// A gateway's words for the log: one line, at most 200 bytes, longer numbers replaced by "***".
std::string masked(std::string_view text);

}  // namespace messo::sms_http
