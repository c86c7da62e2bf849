#include "pec/pec_receipts.hpp"

#include <algorithm>
#include <array>

#include "mailbox/receipt_mailbox.hpp"
#include "pec/pec_references.hpp"

namespace messo::pec {
namespace {

struct Sentence {
  std::string_view code, text;
};
// For the sending application: no address, no words of a provider.
constexpr std::array kSentences{
    Sentence{"pec.accepted", "The sender's PEC provider accepted the message."},
    Sentence{"pec.not_accepted", "The sender's PEC provider did not accept the message."},
    Sentence{"pec.not_accepted_virus", "The sender's PEC provider found a virus in the message and did not accept it."},
    Sentence{"pec.delivered", "The message was delivered to the recipient's PEC mailbox."},
    Sentence{"pec.unknown_mailbox", "The recipient's PEC mailbox does not exist."},
    Sentence{"pec.mailbox_full", "The recipient's PEC mailbox is full."},
    Sentence{"pec.mailbox_disabled", "The recipient's PEC mailbox is disabled."},
    Sentence{"pec.domain_unknown", "The domain of the recipient's PEC address does not exist."},
    Sentence{"pec.not_pec", "The recipient's address is not a PEC mailbox: no delivery can be proven."},
    Sentence{"pec.virus", "A virus was found in the message: it was not delivered."},
    Sentence{"pec.undelivered", "The message could not be delivered to the recipient's PEC mailbox."},
    Sentence{"pec.warning_12h", "No delivery within 12 hours; the providers go on trying until 24 hours have passed."},
    Sentence{"pec.no_delivery_24h", "No delivery within 24 hours: the message was not delivered."},
    Sentence{"pec.unreadable", "The receipt cannot be read: it is kept, and settles nothing."},
    Sentence{"pec.header_mismatch", "The receipt contradicts itself: it is kept, and settles nothing."},
};

std::string_view sentence_of(std::string_view code) {
  const auto* const found = std::ranges::find(kSentences, code, &Sentence::code);
  return found == kSentences.end() ? std::string_view{} : found->text;
}

messo_verification border_verification(Verification verification) {
  switch (verification) {
    case Verification::valid: return MESSO_VALID;
    case Verification::invalid: return MESSO_INVALID;
    case Verification::untrusted: return MESSO_UNTRUSTED;
    case Verification::expired: return MESSO_EXPIRED;
    case Verification::not_checked: return MESSO_NOT_CHECKED;
  }
  return MESSO_INVALID;
}

// Kind, milestone and scope; false: not a receipt for the hub.
bool classify(const PecMessage& message, bool accept_external, plugin::Receipt& out) {
  const auto milestone = [&](messo_milestone which) {
    out.kind = MESSO_RECEIPT_MILESTONE;
    out.milestone = which;
    return true;
  };
  out.kind = MESSO_RECEIPT_UNDELIVERED;
  switch (message.kind) {
    case Kind::accettazione: return accept_external || !all_external(message.recipients) ? milestone(MESSO_MILESTONE_ACCEPTED) : true;
    case Kind::avvenuta_consegna: out.kind = MESSO_RECEIPT_DELIVERED; return true;
    case Kind::preavviso_errore_consegna: return message.final ? true : milestone(MESSO_MILESTONE_WARNING_12H);
    case Kind::errore_consegna:
      if (message.code == "pec.unknown_mailbox" || message.code == "pec.mailbox_disabled") out.scope = MESSO_SCOPE_DESTINATION;
      return true;
    case Kind::non_accettazione: return true;
    case Kind::anomaly:
      // A bounce that the own provider wrapped: nothing signed speaks of it.
      out.verification = MESSO_NOT_CHECKED;
      return message.code != "pec.anomaly" && !message.message_id.empty();
    case Kind::presa_in_carico:
    case Kind::rilevazione_virus:
    case Kind::envelope:
    case Kind::not_pec: return false;
  }
  return false;
}

void name_message(const PecMessage& message, plugin::Receipt& out) {
  const plugin::Reference of_provider{std::string(kPecIdReference), message.identificativo, 0};
  if (!message.message_id.empty())
    out.references.push_back({std::string(kMessageIdReference), message.message_id, 0});
  else if (!message.identificativo.empty())
    out.references.push_back(of_provider);
  if (message.kind == Kind::accettazione && !message.identificativo.empty()) out.learned.push_back(of_provider);
}

}  // namespace

std::optional<plugin::Receipt> receipt_of(const PecMessage& message, std::string_view eml, bool accept_external, std::int64_t now_ms) {
  plugin::Receipt out;
  out.verification = border_verification(message.verification);
  out.code = message.code;
  if (!classify(message, accept_external, out)) return {};
  // What no signature covers and what it covers must say the same, or somebody has replayed a receipt for another message.
  if (is_receipt(message.kind) && !message.consistent)
    out.scope = MESSO_SCOPE_MESSAGE;
  else
    name_message(message, out);
  out.at_ms = message.at_ms != 0 ? message.at_ms : now_ms;
  out.dedupe_key = mailbox::dedupe_key(message.own_message_id, eml);
  out.public_text = sentence_of(out.code);
  out.raw = eml;
  return out;
}

}  // namespace messo::pec
