// What one message of a PEC mailbox is: a provider's receipt, an envelope with somebody's mail, an anomaly, or no PEC at all
// (RFC 6109 §2.1, §3.1; DM 2 November 2005, technical rules §6). Everything read here is hostile input: bounded in size, parts, depth;
// nothing throws but std::bad_alloc. Any thread, several at once.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pec_receipt/trust.hpp"

namespace messo::pec {

enum class Kind : std::uint8_t {
  accettazione,
  non_accettazione,
  presa_in_carico,
  avvenuta_consegna,
  errore_consegna,
  preavviso_errore_consegna,
  rilevazione_virus,
  envelope,  // X-Trasporto: posta-certificata: somebody's message, inbound mail
  anomaly,   // X-Trasporto: errore: ordinary or damaged mail that the own provider wrapped; may hold a bounce
  not_pec,
};
std::string_view to_text(Kind kind);  // daticert's `tipo`; "envelope", "anomaly", "not-pec"
bool is_receipt(Kind kind);           // the first seven

enum class Verification : std::uint8_t {
  valid,        // signed by the provider it names, chain to the roots, all at the time of signing
  invalid,      // not signed, altered, or signed by another than its From
  untrusted,    // a good signature, but of nobody the roots know
  expired,      // a certificate of the chain was not valid (any more, or yet) at the time
  not_checked,  // no roots were given
};
std::string_view to_text(Verification verification);  // "VALID", "INVALID", "UNTRUSTED", "EXPIRED", "NOT_CHECKED"

struct Recipient {
  std::string address;
  bool external = false;  // `esterno`: ordinary mail, no delivery receipt will ever come
};
bool all_external(const std::vector<Recipient>& recipients);  // false when there are none

// Everything but `kind`, `own_message_id` and the trust's verdict comes from daticert.xml, which the signature covers; an anomaly's
// message_id, identificativo, recipient, code and errore_esteso come from the bounce inside it, which no signature covers.
// Texts are UTF-8 of at most 4 KiB and empty where the message does not say.
struct PecMessage {
  Kind kind = Kind::not_pec;
  Verification verification = Verification::not_checked;
  std::string verification_reason;  // a sentence
  bool final = false;               // a receipt's last word about `recipient`, except for a rare contradiction
  std::string code;                 // stable: "pec.delivered", ... (table in README.md); empty for not_pec
  bool consistent = false;          // there is a readable daticert, and the unsigned headers say the same

  std::string own_message_id;  // of this message, no brackets: what makes it unique
  std::string message_id;      // `msgid`: ours, of the message it is about, no brackets
  std::string identificativo;  // the provider's id of the message it is about, no brackets
  std::string recipient;       // `consegna`: whom this receipt is about; empty in an accettazione, which is about all
  std::string sender;          // `mittente`
  std::string provider;        // `gestore-emittente`
  std::string errore;          // attribute: nessuno, no-dest, no-dominio, virus, altro
  std::string errore_esteso;   // "5.1.1 - Gestore S.p.A. - indirizzo non valido"
  std::string receipt_type;    // completa, breve, sintetica
  std::vector<Recipient> recipients;
  std::int64_t at_ms = 0;   // `data`, UTC; 0: unknown
  std::string at_original;  // the same as written: "10/03/2026 10:15:02 +0100"
  std::string daticert;     // the XML, as signed; empty if there is none

  // Whether it may decide about one of our messages: a receipt, consistent, verified VALID, naming the message.
  bool settles() const;
};

// At most this is read; a longer message is `invalid` and only its headers are told.
inline constexpr std::size_t kMaxPecMessage = std::size_t{40} << 20;

// Reads a whole message (RFC 5322, CRLF or LF). `roots` null: the signature is not looked at (NOT_CHECKED). Certificates are judged at the
// signature's own time, else at daticert's, unless `verify_at_ms` (Unix time) is given. Memory beside `eml`: the signed part once
// more (two to three times while OpenSSL's buffer grows), and what GMime keeps of its structure.
PecMessage read_message(std::string_view eml, const Trust* roots, std::optional<std::int64_t> verify_at_ms = {});

// From the header alone (all of it, or only the fields of worth_fetching_fields): whether the whole message may be a receipt or an
// anomaly. Inbound mail and ordinary mail are not. Cheap: no I/O.
bool is_worth_fetching(std::string_view header);
inline constexpr std::string_view worth_fetching_fields[] = {"X-Ricevuta", "X-Trasporto", "X-Riferimento-Message-ID", "Message-ID"};

// Whether two addresses are the same box for PEC: providers fold the case of the local part too.
bool same_address(std::string_view a, std::string_view b);

}  // namespace messo::pec
