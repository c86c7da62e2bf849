// A message as the access point of a certified-mail provider sees it: what it checks (RFC 6109 §3.1.1), and what of it goes into receipts.
// Part of pec_provider.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "peers/smtp_peer.hpp"

namespace messo::peers {

struct PecSubmission {
  std::string mailbox;                    // the sender's, as it signed in
  std::vector<std::string> recipients;    // of the envelope
  std::vector<std::string> to, cc;        // of the headers, in lower case
  std::string parameters;                 // of MAIL and RCPT
  std::string message_id;                 // the sender's own, without brackets; may be empty
  std::string subject;                    // UTF-8
  std::string receipt_type = "completa";  // what X-TipoRicevuta asks for
  std::string bytes;                      // as they came
  std::string refusal;                    // why it is not accepted, in Italian; empty: it is formally right
  std::string identificativo;             // given by the provider, without brackets
};

// Never throws for what the message is: a message that cannot be read is refused.
PecSubmission read_submission(const StoredMail& mail, const std::string& mailbox, std::uint64_t max_bytes);

// The kind of receipt that a recipient's provider makes: those of Cc get "sintetica" where "completa" was asked for (RFC 6109 §3.3).
std::string receipt_type_for(const PecSubmission& submission, const std::string& recipient);

}  // namespace messo::peers
