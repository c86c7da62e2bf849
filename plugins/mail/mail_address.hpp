// Mail addresses: syntax, IDNA, and whether SMTPUTF8 is needed. Pure.
#pragma once
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace messo::mail {

struct MailAddress {
  std::string local;   // as given, quotes included
  std::string domain;  // A-labels, lower case (RFC 5890 §2.3.2.1)

  bool needs_smtputf8() const;  // RFC 6531: the local part holds non-ASCII letters
  std::string to_string() const { return local + '@' + domain; }
};

// Reads "local@domain" (RFC 5321 §4.1.2, RFC 6531 §3.3): dot-string or quoted local part of at most 64 bytes, a domain of at most 253
// in any script, which becomes A-labels (UTS 46 non-transitional, by libidn2). Address literals ("[127.0.0.1]"), comments, control
// characters and invalid UTF-8 are refused. Error: kind invalid, code "bad_address", a message without the address in it.
Result<MailAddress> parse_address(std::string_view text);

// A domain name to A-labels, lower case; error as above. Single-label names ("localhost") are allowed.
Result<std::string> to_ascii_domain(std::string_view domain);

// A display name and an address.
struct Mailbox {
  std::string name;  // UTF-8, may be empty
  MailAddress address;
};

// Reads "Comune di Esempio <noreply@comune.example.it>" or a bare address; the name may be quoted. UTF-8, not yet encoded words.
Result<Mailbox> parse_mailbox(std::string_view text);

bool is_ascii(std::string_view text);
bool is_utf8(std::string_view text);  // RFC 3629: shortest forms only, no surrogates

}  // namespace messo::mail
