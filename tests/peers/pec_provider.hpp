// Two providers of certified mail on loopback: the one a public body sends through (SMTP submission over TLS, a mailbox behind IMAPS and
// POP3S that Dovecot serves) and those of its recipients. Every message gets the receipts that real providers would file into the sender's
// mailbox: real MIME, real S/MIME under a test authority. Which ones, the recipient's local part decides (pec_rules(), `pec_provider
// --help`): "piena@..." has a full mailbox, "mai@..." a warning at 12 h and the end at 24 h, anybody else is delivered to.
//
// The two differ as real ones do. Domains that begin with "pec.gestore-a." belong to the sender's provider, all others to the second one:
//   gestore A   errore="altro" with 5.1.1 for an unknown mailbox, postacert.eml before daticert.xml, text and HTML
//   gestore B   errore="no-dest", daticert.xml first, plain text
//
// Time: daticert.xml tells when something happened. The notices of 12 h and 24 h are filed at once with the times they would have, unless
// stop_clock() was called: then advance() brings their hour. By default nothing waits.
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "peers/pec_provider_rules.hpp"
#include "peers/smtp_peer.hpp"

namespace messo::peers {

struct PecAccount {
  std::string address, password;
  std::string username = {};  // to sign in with; empty: the address
};

struct PecSimulatorOptions {
  std::vector<PecAccount> accounts{{.address = "protocollo@pec.comune.example.it", .password = "segreta-prova"}};
  std::uint16_t smtp_port = 0;            // 0: a free one
  std::uint64_t max_bytes = 100'000'000;  // of a message times its recipients; over it: not accepted
  std::chrono::milliseconds delay{0};     // before each answer
};

// A message that the provider took.
struct PecTaken {
  std::string mailbox;                  // the sender's
  std::vector<std::string> recipients;  // of the envelope
  std::string message_id, identificativo;
  std::string parameters;  // of MAIL and RCPT: nobody may ask for delivery status notifications
  std::string receipt_type;
  std::string refusal;  // of its form; empty: none
  std::string bytes;
};

// An answer that was filed.
struct PecFiled {
  std::string mailbox, recipient;
  PecAnswerKind kind = PecAnswerKind::accettazione;
  std::string message_id;  // of the message it answers
  std::string bytes;       // empty where it is huge
};

class PecSimulator {
 public:
  // Starts everything and is ready to be used. Throws std::runtime_error when it cannot (Dovecot is not installed, ...).
  explicit PecSimulator(PecSimulatorOptions options = {});
  ~PecSimulator();
  PecSimulator(const PecSimulator&) = delete;
  PecSimulator& operator=(const PecSimulator&) = delete;

  std::uint16_t smtp_port() const;  // implicit TLS
  std::uint16_t imap_port() const;  // implicit TLS
  std::uint16_t pop3_port() const;  // implicit TLS
  std::string host() const;         // the name the certificates are made out to
  std::string ca_file() const;      // PEM: the authority of the TLS certificates
  std::string roots_file() const;   // PEM: the authority of the receipts' signatures
  // The dialogue's own misbehaviour ("mail=reply:451 4.3.0 busy*3", "final=drop") and counters. clear() there also ends "taglio@" and
  // "perduta@".
  SmtpPeer& smtp();

  // All from any thread, at any time.
  void hold();                    // answers wait from now on
  void hold(PecAnswerKind kind);  // those of one kind
  void release();                 // what waits is filed, nothing waits any more
  void release(PecAnswerKind kind);
  void delay(std::chrono::milliseconds before_each);
  void stop_clock();                      // from now on answers that come hours later wait for advance()
  void advance(std::chrono::seconds by);  // the providers' time goes on
  void copies(int times);                 // of each answer, on top of what its rule says; 1: usual
  void throttle(int times);               // so many MAIL commands get Legalmail's 550 "Too much traffic from this sender"
  void file_again();                      // everything filed so far once more, byte for byte
  void file(const std::string& mailbox, std::string_view bytes);  // anything at all
  std::vector<PecTaken> taken() const;
  std::vector<PecFiled> filed() const;
  std::filesystem::path maildir(const std::string& mailbox) const;
  // False after `limit`.
  bool wait_for_taken(std::size_t count, std::chrono::milliseconds limit) const;
  bool wait_for_filed(std::size_t count, std::chrono::milliseconds limit) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace messo::peers
