// What other mail systems write about a message: bounces as Postfix, Exchange, Gmail and international servers lay them out, complaints,
// automatic replies. Built anew from what RFC 3464, 5965, 6533 and those systems' documentation say.
#pragma once
#include <string>

namespace messo::peers {

// What the report says. Empty fields are left out.
struct Bounce {
  std::string to = "bounces@comune.example.it";  // whom it is sent to: the message's return path
  std::string recipient = "mario.rossi@example.it";
  std::string action = "failed", status = "5.1.1";
  std::string diagnostic = "smtp; 550 5.1.1 <mario.rossi@example.it>: Recipient address rejected: User unknown";
  std::string envelope_id;
  std::string message_id;                            // of the message, with brackets
  std::string own_id = "<report-1@mx.example.net>";  // of the report
  std::string date = "Sun, 22 Nov 2026 10:00:00 +0000";
  std::string further;  // header lines of the report, each with CRLF
};

std::string postfix_bounce(const Bounce& bounce);
std::string exchange_bounce(const Bounce& bounce);
std::string gmail_bounce(const Bounce& bounce);
// message/global-delivery-status, base64, message/global-headers (RFC 6533).
std::string international_bounce(const Bounce& bounce);

// A complaint (ARF). `mail_from`: the return path the message came with; empty: withheld.
std::string complaint(const Bounce& about, const std::string& type = "abuse", const std::string& mail_from = {});
std::string out_of_office(const std::string& to);

}  // namespace messo::peers
