#include "peers/pec_provider_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace messo::peers {
namespace {

using Kind = PecAnswerKind;
using namespace std::chrono_literals;

PecAnswer accepted() { return {}; }
PecAnswer delivered(std::chrono::seconds after = 2s, PecSpoil spoil = PecSpoil::none) {
  return {.kind = Kind::avvenuta_consegna, .by_recipients_provider = true, .after = after, .spoil = spoil};
}
PecAnswer failed(std::string_view errore, std::string_view code, std::string_view text) {
  return {.kind = Kind::errore_consegna, .by_recipients_provider = true, .errore = errore, .code = code, .text = text, .after = 3s};
}
PecAnswer failed_at_senders(std::string_view errore, std::string_view code, std::string_view text) {
  auto answer = failed(errore, code, text);
  answer.by_recipients_provider = false;
  return answer;
}
PecAnswer refused(std::string_view errore, std::string_view code, std::string_view text) {
  return {.kind = Kind::non_accettazione, .errore = errore, .code = code, .text = text};
}
PecAnswer warning(std::chrono::seconds after = 12h + 5min) {
  return {.kind = Kind::preavviso_errore_consegna,
          .errore = "altro",
          .code = "4.4.1",
          .text = "messaggio non consegnato nelle prime 12 ore",
          .after = after};
}
PecAnswer never_delivered() {
  return {.kind = Kind::preavviso_errore_consegna,
          .errore = "altro",
          .code = "5.4.1",
          .text = "messaggio non consegnato entro 24 ore",
          .after = 23h + 30min};
}
PecAnswer for_a_virus(PecAnswer answer) {
  answer.errore = "virus";
  return answer;
}
PecAnswer noticed(Kind kind, PecSpoil spoil = PecSpoil::none) {
  return {.kind = kind, .by_recipients_provider = true, .after = 1s, .spoil = spoil};
}
PecAnswer twice(PecAnswer answer) {
  answer.copies = 2;
  return answer;
}

std::vector<PecRule> make_pec_rules() {
  return {
      {"piena", "the mailbox is full", false, {accepted(), failed("altro", "5.2.2", "casella piena")}},
      {"inesistente", "there is no such mailbox", false, {accepted(), failed("no-dest", "5.1.1", "indirizzo non valido")}},
      {"disabilitata", "the mailbox takes nothing", false, {accepted(), failed("altro", "5.2.1", "casella disabilitata")}},
      {"dominio", "there is no such domain", false, {accepted(), failed_at_senders("no-dominio", "5.1.2", "dominio inesistente")}},
      {"virus",
       "the recipient's provider finds a virus",
       false,
       {accepted(), for_a_virus(noticed(Kind::rilevazione_virus)), for_a_virus(failed_at_senders("virus", "5.7.1", "virus informatico"))}},
      {"infetta",
       "the sender's provider finds a virus: not accepted",
       false,
       {for_a_virus(refused("virus", "5.7.1", "virus informatico"))}},
      {"formale", "not accepted for its form", false, {formal_refusal("messaggio non conforme")}},
      {"ritardo", "a warning at 12 h, then delivered", false, {accepted(), warning(), delivered(13h)}},
      {"mai", "a warning at 12 h, then the end at 24 h", false, {accepted(), warning(), never_delivered()}},
      {"avvisi", "the end at 24 h looks like the warning at 12 h", false, {accepted(), warning(), warning(23h + 30min)}},
      {"presa", "taken in charge, then only the end at 24 h", false, {accepted(), noticed(Kind::presa_in_carico), never_delivered()}},
      {"silenzio", "accepted, then nothing", false, {accepted()}},
      {"muta", "taken by SMTP, then nothing at all", false, {}},
      {"esterno", "no PEC: no delivery receipt will come", true, {accepted()}},
      {"anomalo", "no PEC, and its ordinary provider bounces", true, {accepted(), {.kind = Kind::anomalia, .after = 4s}}},
      {"tardiva",
       "not delivered, and then delivered after all",
       false,
       {accepted(), failed("altro", "4.3.0", "sistema non disponibile"), delivered(1h)}},
      {"inversa", "the delivery receipt comes before the accettazione", false, {delivered(), accepted()}},
      {"doppia", "every receipt comes twice", false, {twice(accepted()), twice(delivered())}},
      {"anonima", "the delivery receipt does not tell the sender's Message-ID", false, {accepted(), delivered(2s, PecSpoil::no_msgid)}},
      {"lettera", "somebody's mail comes between the receipts", false, {accepted(), noticed(Kind::busta), delivered()}},
      {"contraffatta", "a forged delivery receipt inside an envelope", false, {accepted(), noticed(Kind::busta, PecSpoil::forged_inside)}},
      {"manomessa", "the delivery receipt was tampered with", false, {accepted(), delivered(2s, PecSpoil::tampered)}},
      {"estranea", "the delivery receipt is signed by nobody we know", false, {accepted(), delivered(2s, PecSpoil::stranger)}},
      {"rotta", "the delivery receipt's XML is broken", false, {accepted(), delivered(2s, PecSpoil::broken_xml)}},
      {"caratteri", "the delivery receipt has a wrong character set", false, {accepted(), delivered(2s, PecSpoil::wrong_charset)}},
      {"grande", "the delivery receipt holds a postacert.eml of 20 MB", false, {accepted(), delivered(2s, PecSpoil::huge)}},
      {"rigirata", "an earlier message's delivery receipt, replayed", false, {accepted(), delivered(2s, PecSpoil::replayed)}},
      {"altrui", "the delivery receipt of a message of somebody else's", false, {accepted(), delivered(2s, PecSpoil::foreign_message)}},
      {"taglio", "the connection dies after the final dot, the message is taken", false, {accepted(), delivered()}},
      {"perduta", "the connection dies after the final dot, the message is lost", false, {}},
      {"", "anybody else: accepted and delivered", false, {accepted(), delivered()}},
  };
}

}  // namespace

std::string_view to_text(PecAnswerKind kind) {
  constexpr std::array<std::string_view, 9> names{"accettazione",      "non-accettazione",  "presa-in-carico",
                                                  "avvenuta-consegna", "errore-consegna",   "preavviso-errore-consegna",
                                                  "rilevazione-virus", "posta-certificata", "anomalia"};
  return names.at(static_cast<std::size_t>(kind));
}

std::span<const PecRule> pec_rules() {
  static const std::vector<PecRule> rules = make_pec_rules();
  return rules;
}

const PecRule& pec_rule_for(std::string_view recipient) {
  std::string word;
  for (const char c : recipient) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalpha(byte) == 0) break;
    word += static_cast<char>(std::tolower(byte));
  }
  const auto rules = pec_rules();
  const auto found = std::ranges::find(rules, std::string_view(word), &PecRule::local_part);
  return found == rules.end() ? rules.back() : *found;
}

PecAnswer formal_refusal(std::string_view text) { return refused("altro", "5.5.0", text); }

}  // namespace messo::peers
