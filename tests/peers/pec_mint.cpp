#include "peers/pec_mint.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace messo::peers {
namespace {

constexpr std::size_t kHugeBytes = 20'000'000;
constexpr std::string_view kDomainOfA = "pec.gestore-a.";

std::string domain_of(const std::string& address) { return address.substr(std::min(address.find('@'), address.size() - 1) + 1); }

PecOriginal original_of(const PecSubmission& submission) {
  PecOriginal out{.identificativo = submission.identificativo,
                  .message_id = submission.message_id,
                  .sender = submission.mailbox,
                  .subject = submission.subject,
                  .recipients = {},
                  .eml = submission.bytes};
  for (const auto& recipient : submission.recipients) out.recipients.push_back({recipient, pec_rule_for(recipient).external});
  return out;
}

// Of nobody's: what a receipt for another mailbox's message speaks of.
PecOriginal somebody_elses(PecOriginal original, const PecProvider& issuer) {
  original.identificativo = issuer.new_id("msg");
  original.message_id = "20261122.77@gestionale.altro-ente.example";
  return original;
}

std::string huge_message(const PecOriginal& original) {
  auto out = postacert_of(original, "completa") + "\r\n";
  const std::string line(74, 'A');
  out.reserve(out.size() + kHugeBytes + 100);
  for (const auto end = out.size() + kHugeBytes; out.size() < end;) out += line + "\r\n";
  return out;
}

}  // namespace

PecMint::PecMint()
    : a_(authority_, "Gestore A S.p.A.", "pec.gestore-a.example"),
      b_(authority_, "GESTORE B", "pec.gestore-b.example"),
      stranger_(strangers_, "GESTORE B", "pec.gestore-b.example") {}

const PecProvider& PecMint::issuer_of(const PecPending& pending) const {
  const bool of_a = !pending.answer.by_recipients_provider || domain_of(pending.recipient).starts_with(kDomainOfA);
  return of_a ? a_ : b_;
}

PecReceipt PecMint::receipt_of(const PecPending& pending, const PecProvider& issuer) const {
  const auto& answer = pending.answer;
  const bool of_a = &issuer == &a_;
  PecReceipt out;
  out.tipo = to_text(answer.kind);
  // Aruba says "altro" of an unknown mailbox; the extended code tells.
  out.errore = of_a && answer.errore == "no-dest" ? "altro" : answer.errore;
  if (!answer.code.empty()) out.errore_esteso = std::string(answer.code) + " - " + issuer.name() + " - " + std::string(answer.text);
  if (answer.kind != PecAnswerKind::accettazione && answer.kind != PecAnswerKind::non_accettazione) out.consegna = pending.recipient;
  const auto at = pending.taken_at + answer.after;
  out.at_ms = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
  out.daticert_last = of_a;
  out.plain_text_only = !of_a;
  return out;
}

std::string PecMint::make(const PecPending& pending) {
  const auto& issuer = issuer_of(pending);
  auto original = original_of(*pending.submission);
  auto receipt = receipt_of(pending, issuer);
  switch (pending.answer.kind) {
    case PecAnswerKind::busta: return letter(pending, issuer, original);
    case PecAnswerKind::anomalia:
      return make_anomaly(
          a_, original.sender, "Undelivered Mail Returned to Sender",
          make_bounce({.to = original.sender,
                       .recipient = pending.recipient,
                       .returned_header = "Message-ID: <" + original.message_id + ">\r\nSubject: " + original.subject + "\r\n"}));
    case PecAnswerKind::avvenuta_consegna: return delivery(pending, issuer, std::move(original), std::move(receipt));
    default: return make_receipt(issuer, original, receipt);
  }
}

std::string PecMint::delivery(const PecPending& pending, const PecProvider& issuer, PecOriginal original, PecReceipt receipt) {
  receipt.ricevuta = receipt_type_for(*pending.submission, pending.recipient);
  switch (pending.answer.spoil) {
    case PecSpoil::tampered:
      // In base64: the line end after the XML declaration becomes a blank. Well formed, and not what was signed.
      return altered(make_receipt(issuer, original, receipt), "VVRGLTgiPz4K", "VVRGLTgiPz4g");
    case PecSpoil::stranger: return make_receipt(stranger_, original, receipt);
    case PecSpoil::broken_xml: {
      const auto whole = daticert_xml(issuer, original, receipt);
      receipt.xml = whole.substr(0, whole.size() / 2);
      break;
    }
    case PecSpoil::wrong_charset:
      receipt.xml = altered(daticert_xml(issuer, original, receipt), "</oggetto>", " - perch\xE9</oggetto>");
      break;
    case PecSpoil::huge: receipt.postacert = huge_message(original); break;
    case PecSpoil::replayed:
      receipt.header_reference = original.message_id;
      original = delivered_before_ ? *delivered_before_ : somebody_elses(original, a_);
      break;
    case PecSpoil::no_msgid: original.message_id.clear(); break;
    case PecSpoil::foreign_message: original = somebody_elses(original, a_); break;
    case PecSpoil::none:
    case PecSpoil::forged_inside: delivered_before_ = original; break;
  }
  return make_receipt(issuer, original, receipt);
}

// Somebody's mail to the sender of the message: a citizen's answer, or what a swindler sends.
std::string PecMint::letter(const PecPending& pending, const PecProvider& issuer, const PecOriginal& original) const {
  PecOriginal out{.identificativo = issuer.new_id("msg"),
                  .message_id = "risposta." + original.identificativo,
                  .sender = pending.recipient,
                  .subject = "Re: " + original.subject,
                  .recipients = {{original.sender, false}},
                  .eml = {}};
  if (pending.answer.spoil == PecSpoil::forged_inside) {
    PecReceipt forged;
    forged.tipo = to_text(PecAnswerKind::avvenuta_consegna);
    forged.consegna = pending.recipient;
    forged.ricevuta = "sintetica";
    out.eml = make_receipt(stranger_, original, forged);
  } else {
    out.eml = "From: " + out.sender + "\r\nTo: " + original.sender + "\r\nSubject: " + out.subject + "\r\nMessage-ID: <" + out.message_id +
              ">\r\nIn-Reply-To: <" + original.message_id + ">\r\n\r\nBuongiorno,\r\nche cosa devo fare?\r\n";
  }
  PecReceipt as_it_is;
  as_it_is.postacert = out.eml;
  return make_envelope(issuer, out, as_it_is);
}

}  // namespace messo::peers
