// What a PEC provider writes: receipts, envelopes, anomalies, in the structure of real ones (multipart/signed over daticert.xml), signed
// with a test certificate. And what an attacker or a broken provider writes instead. Throws std::runtime_error when OpenSSL fails.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "peers/test_certificates.hpp"

namespace messo::peers {

// A provider that signs as posta-certificata@domain. Cheap to copy; any thread.
class PecProvider {
 public:
  // The certificate is issued by `authority`, whose own one is valid from yesterday on for 30 days: receipts are VALID in that time only.
  PecProvider(TestAuthority& authority, const std::string& name, const std::string& domain);
  // With a certificate made elsewhere; `ca_file` goes into the signatures, too, unless it is empty.
  PecProvider(const std::string& name, const std::string& domain, const CertificateFiles& signer, const std::string& ca_file);

  const std::string& name() const;    // "Gestore A S.p.A."
  const std::string& domain() const;  // "pec.gestore-a.example"
  std::string address() const;        // "posta-certificata@pec.gestore-a.example"
  // A new id of this provider: for an `identificativo`, or a receipt's own Message-ID. No brackets.
  std::string new_id(std::string_view kind) const;

  struct Keys;
  const Keys& keys() const { return *keys_; }

 private:
  std::shared_ptr<const Keys> keys_;
};

struct PecRecipient {
  std::string address;
  bool external = false;
};

// A message as the sender's provider took it.
struct PecOriginal {
  std::string identificativo;  // of the sender's provider, no brackets
  std::string message_id;      // the sender's, no brackets; empty: it had none
  std::string sender, subject;
  std::vector<PecRecipient> recipients;
  std::string eml;  // as handed over; needed for completa, breve and envelopes only
};

// One receipt. The first block is what providers say; the second makes it odd.
struct PecReceipt {
  std::string tipo = "accettazione";  // daticert's and X-Ricevuta's
  std::string errore = "nessuno";
  std::string errore_esteso;  // "5.1.1 - Gestore B S.p.A. - indirizzo non valido"
  std::string consegna;       // whom it is about
  std::string ricevuta;       // "completa", "breve", "sintetica": avvenuta-consegna
  std::int64_t at_ms = 0;     // Unix time; 0: now
  int zone_minutes = 60;      // of the local legal time

  std::string own_message_id;    // no brackets; empty: a new one
  bool daticert_last = false;    // after postacert.eml
  bool plain_text_only = false;  // no HTML beside the text
  std::string header_tipo;       // X-Ricevuta says this instead
  std::string header_reference;  // X-Riferimento-Message-ID says this instead, no brackets
  std::string xml;               // daticert.xml byte for byte, instead of what the above says
  std::string second_xml;        // a second part named daticert.xml
  std::string from;              // From says this instead of the provider's address
  bool sha1 = false;             // as before 2016
  bool signing_time = true;      // the signature says when
  std::string postacert;         // postacert.eml byte for byte, instead of the original
};

// CRLF line ends throughout.
std::string make_receipt(const PecProvider& issuer, const PecOriginal& original, const PecReceipt& receipt);
// X-Trasporto: posta-certificata: `original` on its way to, or in, a recipient's mailbox. `receipt`'s at_ms, zone and odd things count.
std::string make_envelope(const PecProvider& issuer, const PecOriginal& original, const PecReceipt& receipt = {});
// X-Trasporto: errore: ordinary mail that came into a PEC mailbox, wrapped. Unsigned where `sign` is false.
std::string make_anomaly(const PecProvider& issuer, std::string_view to, std::string_view subject, std::string_view wrapped,
                         bool sign = true);

// An ordinary server's bounce (RFC 3464) of the message in `returned_header`, whose Message-ID it names.
struct PecBounce {
  std::string from = "mailer-daemon@posta-ordinaria.example", to, recipient;
  std::string action = "failed", status = "5.1.1", diagnostic = "smtp; 550 5.1.1 no such user";
  std::string returned_header;  // header fields of the returned message, CRLF
};
std::string make_bounce(const PecBounce& bounce);

// The XML a receipt holds.
std::string daticert_xml(const PecProvider& issuer, const PecOriginal& original, const PecReceipt& receipt);
// The message in a receipt: completa (with the provider's Message-ID), or breve (attachments replaced by their hash).
std::string postacert_of(const PecOriginal& original, std::string_view ricevuta);

// The first `from` becomes `to`; throws when it is not there.
std::string altered(std::string eml, std::string_view from, std::string_view to);
// Line ends as LF, as some stores keep messages.
std::string with_lf(std::string_view eml);

}  // namespace messo::peers
