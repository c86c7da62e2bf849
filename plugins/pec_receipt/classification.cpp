#include "pec_receipt/classification.hpp"

#include "base/ascii.hpp"

namespace messo::pec {
namespace {

// A number of at most three digits, taken off the front.
std::optional<int> take_number(std::string_view& text) {
  int out = 0;
  std::size_t digits = 0;
  while (digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9') out = out * 10 + (text[digits++] - '0');
  if (digits == 0 || digits > 3) return std::nullopt;
  text.remove_prefix(digits);
  return out;
}

bool take_dot(std::string_view& text) {
  if (!text.starts_with('.')) return false;
  text.remove_prefix(1);
  return true;
}

// Subject and detail of a status (RFC 3463 §3; RFC 7505 for 1.10) that say which fault it is.
struct StatusCode {
  int subject, detail;
  std::string_view code;
};
constexpr StatusCode kStatusCodes[] = {
    {1, 1, "pec.unknown_mailbox"},   // bad destination mailbox
    {1, 3, "pec.unknown_mailbox"},   // bad syntax of the mailbox
    {1, 6, "pec.unknown_mailbox"},   // moved, no forwarding address
    {1, 2, "pec.domain_unknown"},    // bad destination system
    {1, 10, "pec.domain_unknown"},   // the domain accepts no mail
    {2, 1, "pec.mailbox_disabled"},  // not accepting messages
    {2, 2, "pec.mailbox_full"},      //
};

// The notices of 12 and of 24 hours share their tipo: the class of the status tells them apart.
bool is_last_notice(const Daticert& daticert) {
  const auto status = leading_status(daticert.errore_esteso);
  return status && status->klass == 5;
}

}  // namespace

std::optional<EnhancedStatus> leading_status(std::string_view text) {
  const auto klass = take_number(text);
  if (!klass || *klass < 2 || *klass > 5 || !take_dot(text)) return std::nullopt;
  const auto subject = take_number(text);
  if (!subject || !take_dot(text)) return std::nullopt;
  const auto detail = take_number(text);
  if (!detail || (!text.empty() && text[0] >= '0' && text[0] <= '9')) return std::nullopt;
  return EnhancedStatus{*klass, *subject, *detail};
}

std::optional<Kind> kind_of_tipo(std::string_view tipo) {
  for (auto kind = Kind::accettazione; is_receipt(kind); kind = static_cast<Kind>(static_cast<int>(kind) + 1)) {
    if (equal_ignoring_case(tipo, to_text(kind))) return kind;
  }
  if (equal_ignoring_case(tipo, "posta-certificata")) return Kind::envelope;
  return std::nullopt;
}

std::string_view undelivered_code(std::string_view errore_esteso, std::string_view errore) {
  if (const auto status = leading_status(errore_esteso)) {
    for (const auto& row : kStatusCodes) {
      if (row.subject == status->subject && row.detail == status->detail) return row.code;
    }
  }
  if (errore == "no-dest") return "pec.unknown_mailbox";
  if (errore == "no-dominio") return "pec.domain_unknown";
  if (errore == "virus") return "pec.virus";
  return "pec.undelivered";
}

Meaning meaning_of(Kind kind, const Daticert& daticert) {
  switch (kind) {
    case Kind::accettazione: return {all_external(daticert.destinatari) ? "pec.not_pec" : "pec.accepted"};
    case Kind::non_accettazione: return {daticert.errore == "virus" ? "pec.not_accepted_virus" : "pec.not_accepted", true};
    case Kind::presa_in_carico: return {"pec.taken_in_charge"};
    case Kind::avvenuta_consegna: return {"pec.delivered", true};
    case Kind::errore_consegna: return {undelivered_code(daticert.errore_esteso, daticert.errore), true};
    case Kind::preavviso_errore_consegna:
      return is_last_notice(daticert) ? Meaning{"pec.no_delivery_24h", true} : Meaning{"pec.warning_12h"};
    case Kind::rilevazione_virus: return {"pec.virus_detected"};
    case Kind::envelope: return {"pec.envelope"};
    case Kind::anomaly: return {"pec.anomaly"};
    case Kind::not_pec: return {};
  }
  return {};
}

}  // namespace messo::pec
