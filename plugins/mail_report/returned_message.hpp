// What a report gives back of the message it is about: its header, or all of it (RFC 3462 §3, RFC 6533 §4).
#pragma once
#include <string>

namespace messo::mail_report {

struct ReturnedMessage {
  std::string message_id;   // no brackets; empty when nothing was returned
  std::string reference;    // X-Riferimento-Message-ID, likewise: the sender's own Message-ID, where a PEC provider put another
  std::string return_path;  // Return-Path, as it stands there
};

}  // namespace messo::mail_report
