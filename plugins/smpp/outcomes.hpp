// What statuses and broken connections mean for messages and for operators. Pure.
#pragma once
#include <string>

#include "mail/smtp_stream.hpp"
#include "smpp/outbound.hpp"
#include "smpp_pdu/status_class.hpp"

namespace messo::smpp {

// "smpp.throttled", "smpp.queue_full", or the status in eight hexadecimal digits: "smpp.0000000b".
std::string code_of(std::uint32_t status);

// A message of which the SMSC has nothing: by classify(). Not for status 0.
plugin::Outcome not_taken(std::uint32_t status);
// All parts that are out have been answered or lost, and nothing more of it will be sent: what the hub is told. Every part is named by a
// reference once one of them may be out, so that receipts for some of them never count for the whole.
plugin::Outcome final_outcome(const Outbound& message, bool receipts);

// A session that ended, or did not come about.
enum class Trouble : std::uint8_t {
  unreachable,   // no connection, no TLS for a passing reason, no answer to bind
  closed,        // the SMSC closed it, or the network did
  silent,        // no response within its time
  protocol,      // what came is not SMPP
  bind_refused,  // with a status
  refused_here,  // a status of class configuration to a message
  certificate,
  tls,
  unbound,  // the SMSC asked to end the session
};
struct SessionTrouble {
  Trouble what = Trouble::closed;
  std::uint32_t status = 0;
  std::string detail;  // for the log
};

// True: only somebody who changes something can mend it.
bool needs_operator(const SessionTrouble& trouble);
// A sentence for operators: what is wrong, what to check.
std::string advice(const SessionTrouble& trouble);
// The same with the detail, for logs.
std::string full_advice(const SessionTrouble& trouble);
// A message that was not begun: given back, without cost.
plugin::Outcome waited_in_vain(const SessionTrouble& trouble);

}  // namespace messo::smpp
