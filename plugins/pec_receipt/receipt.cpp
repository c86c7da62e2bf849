#include "pec_receipt/receipt.hpp"

#include <algorithm>

#include "base/ascii.hpp"
#include "mail_report/mime_reading.hpp"
#include "mail_report/report_parts.hpp"
#include "pec_receipt/classification.hpp"
#include "pec_receipt/daticert.hpp"
#include "pec_receipt/signature.hpp"

namespace messo::pec {
namespace {

using mail_report::bare_message_id;
using mail_report::clean_text;
using mail_report::decoded_content;
using mail_report::Dsn;
using mail_report::DsnRecipient;
using mail_report::header_of;
using mail_report::header_value;
using mail_report::header_values;
using mail_report::MimeTree;
using mail_report::read_dsn;
using mail_report::visit_top_level;
using mail_report::within_mime_bounds;

// What the header says, which no signature covers.
struct OuterHeader {
  std::vector<std::string> ricevuta, trasporto, riferimento;
  std::string own_message_id;
  std::string from;  // the one address; empty when there are several or none
};

std::string only_address(GMimeMessage* message) {
  auto* list = g_mime_message_get_from(message);
  if (!list || internet_address_list_length(list) != 1) return {};
  auto* address = internet_address_list_get_address(list, 0);
  if (!INTERNET_ADDRESS_IS_MAILBOX(address)) return {};
  return clean_text(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)));
}

OuterHeader read_outer_header(std::string_view eml) {
  OuterHeader out;
  const auto header = header_of(eml);
  const MimeTree tree(header);
  if (!tree.message()) return out;
  auto* fields = GMIME_OBJECT(tree.message());
  out.ricevuta = header_values(fields, "X-Ricevuta");
  out.trasporto = header_values(fields, "X-Trasporto");
  out.riferimento = header_values(fields, "X-Riferimento-Message-ID");
  out.own_message_id = bare_message_id(header_value(fields, "Message-ID"));
  if (header_values(fields, "From").size() == 1) out.from = only_address(tree.message());
  return out;
}

// X-Trasporto before X-Ricevuta: an envelope may carry any header of the message inside, also a receipt's.
Kind kind_of_header(const OuterHeader& header) {
  if (!header.trasporto.empty()) {
    const bool anomaly = std::ranges::any_of(header.trasporto, [](const auto& value) { return equal_ignoring_case(value, "errore"); });
    return anomaly ? Kind::anomaly : Kind::envelope;
  }
  if (header.ricevuta.empty()) return Kind::not_pec;
  return kind_of_tipo(header.ricevuta.front()).value_or(Kind::not_pec);
}

// The one part that carries the certified data; `several` when more than one claims to.
struct DaticertPart {
  std::string xml;
  bool several = false;
};

DaticertPart find_daticert(GMimeObject* root) {
  DaticertPart out;
  bool found = false;
  visit_top_level(root, [&](GMimeObject* leaf) {
    if (!GMIME_IS_PART(leaf)) return true;
    const auto name = clean_text(g_mime_part_get_filename(GMIME_PART(leaf)));
    if (!equal_ignoring_case(name, "daticert.xml") && !equal_ignoring_case(name, "certdata.xml")) return true;
    out.several = found;
    if (!found) out.xml = decoded_content(leaf, 2 * kMaxDaticert);
    found = true;
    return !out.several;
  });
  return out;
}

// An anomaly's wrapped bounce. Nothing of it is certified.
void read_wrapped_bounce(GMimeObject* root, PecMessage& out) {
  std::optional<Dsn> dsn = read_dsn(root);
  visit_top_level(root, [&dsn](GMimeObject* leaf) {
    if (dsn || !GMIME_IS_MESSAGE_PART(leaf)) return !dsn;
    auto* wrapped = g_mime_message_part_get_message(GMIME_MESSAGE_PART(leaf));
    if (wrapped) dsn = read_dsn(g_mime_message_get_mime_part(wrapped));
    return !dsn;
  });
  if (!dsn) return;
  // The envelope that bounced bears the provider's id and keeps ours beside it.
  out.identificativo = dsn->original.message_id;
  out.message_id = dsn->original.reference.empty() ? dsn->original.message_id : dsn->original.reference;
  const auto failed = std::ranges::find(dsn->recipients, "failed", &DsnRecipient::action);
  const auto told = failed != dsn->recipients.end() ? failed : dsn->recipients.begin();
  if (told == dsn->recipients.end()) return;
  out.recipient = told->address;
  out.errore_esteso = clean_text(std::string_view(told->status + (told->diagnostic.empty() ? "" : " - " + told->diagnostic)));
  if (failed != dsn->recipients.end()) out.code = undelivered_code(out.errore_esteso, {});
}

void take_daticert(const Daticert& daticert, PecMessage& out) {
  out.message_id = daticert.msgid;
  out.identificativo = daticert.identificativo;
  out.recipient = daticert.consegna;
  out.sender = daticert.mittente;
  out.provider = daticert.gestore_emittente;
  out.errore = daticert.errore;
  out.errore_esteso = daticert.errore_esteso;
  out.receipt_type = daticert.ricevuta;
  out.recipients = daticert.destinatari;
  out.at_ms = daticert.at_ms();
  out.at_original = daticert.at_original();
}

// Whether what no signature covers says the same as what one covers.
bool agrees(const OuterHeader& header, Kind kind, const Daticert& daticert) {
  if (kind_of_tipo(daticert.tipo) != kind) return false;
  const auto& named = is_receipt(kind) ? header.ricevuta : header.trasporto;
  if (named.size() != 1 || header.riferimento.size() > 1) return false;
  if (header.riferimento.empty() || daticert.msgid.empty()) return true;
  return same_address(bare_message_id(header.riferimento.front()), daticert.msgid);
}

// The certified data of a receipt or an envelope, and what follows from it.
void read_certified(GMimeObject* root, const OuterHeader& header, PecMessage& out) {
  auto part = find_daticert(root);
  const auto daticert =
      part.several ? fail(ErrorKind::corrupt, "daticert_invalid", "several parts are named daticert.xml") : read_daticert(part.xml);
  out.daticert = std::move(part.xml);
  if (!daticert) {
    out.code = is_receipt(out.kind) ? "pec.unreadable" : meaning_of(out.kind, {}).code;
    return;
  }
  take_daticert(*daticert, out);
  out.consistent = agrees(header, out.kind, *daticert);
  // An envelope stays one whatever it carries; which receipt it is, says the signed part.
  if (is_receipt(out.kind)) out.kind = kind_of_tipo(daticert->tipo).value_or(out.kind);
  const auto meaning = meaning_of(out.kind, *daticert);
  out.code = meaning.code;
  out.final = meaning.final;
  if (is_receipt(out.kind) && !out.consistent) out.code = "pec.header_mismatch";
}

void read_content(std::string_view bytes, const OuterHeader& header, PecMessage& out) {
  out.code = out.kind == Kind::anomaly ? "pec.anomaly" : out.kind == Kind::envelope ? "pec.envelope" : "pec.unreadable";
  if (!within_mime_bounds(bytes)) return;
  const MimeTree tree(bytes);
  if (!tree.root()) return;
  if (out.kind == Kind::anomaly) {
    read_wrapped_bounce(tree.root(), out);
  } else {
    read_certified(tree.root(), header, out);
  }
}

}  // namespace

PecMessage read_message(std::string_view eml, const Trust* roots, std::optional<std::int64_t> verify_at_ms) {
  PecMessage out;
  eml.remove_prefix(std::min(eml.find_first_not_of("\r\n"), eml.size()));
  const auto header = read_outer_header(eml);
  out.kind = kind_of_header(header);
  out.own_message_id = header.own_message_id;
  if (out.kind == Kind::not_pec) {
    out.verification_reason = "ordinary mail: there is no signature of a PEC provider to look at";
    return out;
  }
  const auto told = [&out](Verification verification, std::string reason) {
    out.verification = verification;
    out.verification_reason = std::move(reason);
  };
  if (eml.size() > kMaxPecMessage) {
    read_content({}, header, out);
    told(roots ? Verification::invalid : Verification::not_checked, "the message is larger than 40 MiB and was not read");
    return out;
  }
  const auto signed_part = SignedPart::read(eml);
  read_content(signed_part ? signed_part->bytes() : eml, header, out);
  if (!roots) {
    told(Verification::not_checked, "no roots were given to check the signature with");
  } else if (!signed_part) {
    told(Verification::invalid, signed_part.error().message);
  } else {
    auto verdict = signed_part->verify(*roots, header.from, verify_at_ms, out.at_ms);
    told(verdict.verification, std::move(verdict.reason));
  }
  return out;
}

bool is_worth_fetching(std::string_view header) {
  header.remove_prefix(std::min(header.find_first_not_of("\r\n"), header.size()));
  const auto kind = kind_of_header(read_outer_header(header));
  return is_receipt(kind) || kind == Kind::anomaly;
}

}  // namespace messo::pec
