// A real SMTP server on loopback whose misbehaviour can be scripted, for tests, the demo and benchmarks.
// As a library it runs inside the test; as the program `smtp_peer` it is told what to do over a control port (see smtp_peer_main.cpp).
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace messo::peers {

// A point of the dialogue. `body` is after 354 and before the final dot; `final` is the reply to the dot; `any` is every reply.
enum class SmtpStage : std::uint8_t { connect, banner, ehlo, starttls, tls, auth, mail, rcpt, data, body, final, rset, quit, any };

enum class SmtpAction : std::uint8_t {
  reply,       // `argument` instead of the usual reply ("550 5.1.1 no such user"; "\n" between lines)
  drop,        // close without replying (body: after `amount` bytes of it; final: the message IS kept)
  lose,        // final: close without replying and without keeping the message; elsewhere as drop
  reset,       // the same with a TCP reset
  reply_drop,  // the usual reply, then close
  reply_then,  // `argument` as reply, then close ("421 4.3.2 going down")
  hang,        // never reply; the connection stays open
  delay,       // reply after `amount` milliseconds
  drip,        // the usual reply one byte at a time, `amount` ms between bytes
  garbage,     // bytes that are no reply
  overlong,    // one line of 1 MiB without an end
  endless,     // "250-" lines until the client goes away
};

// One rule of misbehaviour. The first that applies decides.
struct SmtpRule {
  SmtpStage stage = SmtpStage::any;
  SmtpAction action = SmtpAction::drop;
  std::string argument;
  std::size_t amount = 0;
  std::string match;     // only when the envelope recipient (rcpt, data, body, final) contains this
  double percent = 100;  // of recipients, by a hash of the address: the same ones every time
  int times = -1;        // how often it may still apply; -1: always
  int after = 0;         // how many times the stage passes unharmed first

  // STAGE['['MATCH']']=ACTION[':'ARGUMENT]['%'PERCENT]['*'TIMES]['+'AFTER], e.g. "rcpt=reply:550 5.1.1 no such user%5",
  // "body=drop:1000*1", "final=drop+10", "mail=reply:451 4.3.0 busy*3", "any=drip:5". nullopt when it is not one.
  static std::optional<SmtpRule> parse(std::string_view text);
};

struct StoredMail {
  std::string account;                        // who signed in; empty: nobody
  std::string sender, recipient, parameters;  // as in MAIL and RCPT, without brackets; parameters: "MAIL ...; RCPT ..."
  std::vector<std::string> recipients;        // all that were not refused; `recipient` is the last
  std::string message_id;
  std::string bytes;  // dot-unstuffed
};

struct SmtpPeerOptions {
  std::uint16_t port = 0;  // 0: a free one
  enum class Tls : std::uint8_t { none, starttls, implicit } tls = Tls::none;
  std::string certificate_file, key_file;  // PEM; needed for TLS
  std::string username, password;          // not empty: AUTH is required (PLAIN, LOGIN, XOAUTH2 with the password as token)
  std::string auth_mechanisms = "PLAIN LOGIN XOAUTH2";
  bool auth_refused = false;  // every sign-in is answered with 535
  std::map<std::string, std::string>
      accounts;  // further ones, user name -> password (PLAIN and LOGIN); AUTH is required when there are any
  std::vector<std::string> capabilities{"PIPELINING", "SIZE 52428800", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES"};
  bool ehlo_known = true;                      // false: only HELO
  bool accept_data_without_recipient = false;  // 354 although every recipient was refused (RFC 2920 §3.1)
  enum class Keep : std::uint8_t { messages, ids, counts } keep = Keep::messages;  // a judge sees the bytes whatever is kept
  std::string store_dir;  // not empty: each message as a file NNNNNN.eml, with X-Envelope-From/-To before it
  // The usual reply to MAIL, RCPT (`recipient` is the one asked about) and to the final dot, as far as this server cares; empty: as usual,
  // a refusal at the end keeps nothing. Rules of misbehaviour come on top. From the threads of the connections, several at once.
  std::function<std::string(SmtpStage, const StoredMail&)> judge;
  // Not empty: a line "SECONDS RECIPIENT" there, by the monotonic clock, for each message whose envelope recipient contains `arrivals_of`.
  std::string arrivals_file, arrivals_of;
};

struct SmtpPeerStats {
  std::uint64_t connections = 0, secured = 0, signed_in = 0, messages = 0, bytes = 0, refused_recipients = 0, commands = 0, resets = 0,
                quits = 0;
  std::uint64_t largest_group = 0;  // most commands that came in one read: shows pipelining
};

class SmtpPeer {
 public:
  explicit SmtpPeer(SmtpPeerOptions options = {});
  ~SmtpPeer();
  SmtpPeer(const SmtpPeer&) = delete;
  SmtpPeer& operator=(const SmtpPeer&) = delete;

  std::uint16_t port() const;
  // All from any thread, at any time.
  void add(SmtpRule rule);
  void add(std::string_view rule);  // as SmtpRule::parse; throws std::invalid_argument
  void clear();                     // back to good behaviour; connections that hang stay hung
  void refuse_connections();        // closes the listening socket; connections stay
  void accept_connections();        // the same port again
  void drop_connections();          // closes every connection
  SmtpPeerStats stats() const;
  std::vector<StoredMail> mails() const;             // Keep::messages
  std::map<std::string, std::uint64_t> ids() const;  // Message-ID -> times taken; Keep::messages and Keep::ids
  // Waits until `count` messages have been taken; false after `limit`.
  bool wait_for(std::uint64_t count, std::chrono::milliseconds limit) const;
  void forget();  // counts and messages

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace messo::peers
