// What two certified-mail providers answer to one message: the sender's (accettazione, time-outs) and the recipient's (consegna, errors).
// Pure: decided by the recipient's local part, as the table of pec_rules() says. Part of pec_provider.
#pragma once
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace messo::peers {

enum class PecAnswerKind : std::uint8_t {
  accettazione,
  non_accettazione,
  presa_in_carico,
  avvenuta_consegna,
  errore_consegna,
  preavviso_errore_consegna,
  rilevazione_virus,
  busta,     // a transport envelope: somebody's mail
  anomalia,  // "ANOMALIA MESSAGGIO" around an ordinary delivery status notification
};
// As daticert's `tipo` has it; "posta-certificata" and "anomalia" for the two that are no receipts.
std::string_view to_text(PecAnswerKind kind);

// What is wrong with an answer.
enum class PecSpoil : std::uint8_t {
  none,
  tampered,         // daticert.xml was changed after signing
  stranger,         // signed under an authority nobody knows
  broken_xml,       // daticert.xml ends in the middle; well signed
  wrong_charset,    // bytes of ISO-8859-1 in what is called UTF-8; well signed
  huge,             // the postacert.eml inside is 20 MB
  forged_inside,    // busta: holds a made-up delivery receipt of this message
  replayed,         // a genuine delivery receipt of an earlier message under outer headers that name this one
  no_msgid,         // well signed, and names the message by the provider's identificativo only
  foreign_message,  // well signed, but of a message that this mailbox never sent
};

// One message that comes back.
struct PecAnswer {
  PecAnswerKind kind = PecAnswerKind::accettazione;
  bool by_recipients_provider = false;
  std::string_view errore = "nessuno";  // as in daticert; "virus" brings X-VerificaSicurezza with it
  std::string_view code = {};           // of errore-esteso: "5.2.2"; empty: none
  std::string_view text = {};           // of errore-esteso, after code and provider
  std::chrono::seconds after{0};        // since the message was taken, by the time that daticert tells
  PecSpoil spoil = PecSpoil::none;
  int copies = 1;  // the same bytes filed that many times
};

struct PecRule {
  std::string_view local_part;  // empty: anybody else
  std::string_view tells;       // one line, for help
  bool external = false;        // the recipient has no PEC: esterno
  std::vector<PecAnswer> answers;
};

// All of them, in the order of the help; the last is for any other recipient: accettazione, then consegna.
std::span<const PecRule> pec_rules();

// By the local part up to the first '.', '+', '-', '_' or digit, ignoring case: "Piena.rossi@..." goes by "piena".
const PecRule& pec_rule_for(std::string_view recipient);

// The provider's access point refuses a message that is not formed as it must be; `text` says why, in Italian.
PecAnswer formal_refusal(std::string_view text);

}  // namespace messo::peers
