#include "peers/pec_submission.hpp"

#include <algorithm>
#include <string_view>

#include "base/ascii.hpp"
#include "peers/gmime_message.hpp"

namespace messo::peers {
namespace {

std::string text_of(const char* text) { return text == nullptr ? std::string() : std::string(text); }

std::vector<std::string> addresses_of(GMimeMessage* message, GMimeAddressType type) {
  std::vector<std::string> out;
  InternetAddressList* list = g_mime_message_get_addresses(message, type);
  for (int i = 0; i < internet_address_list_length(list); ++i) {
    auto* address = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_MAILBOX(address))
      out.push_back(lower_case(text_of(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address)))));
  }
  return out;
}

std::string formal_defect(const PecSubmission& submission, const std::vector<std::string>& from, bool bcc, std::uint64_t max_bytes) {
  if (from.size() != 1 || from.front() != lower_case(submission.mailbox)) return "il mittente del messaggio non corrisponde alla casella";
  if (submission.to.empty()) return "il messaggio non ha destinatari nel campo To";
  if (bcc) return "il messaggio contiene destinatari in copia conoscenza nascosta";
  for (const auto& recipient : submission.recipients) {
    const auto address = lower_case(recipient);
    if (!std::ranges::count(submission.to, address) && !std::ranges::count(submission.cc, address))
      return "un destinatario non compare nei campi To e Cc";
  }
  if (submission.bytes.size() * submission.recipients.size() > max_bytes) return "dimensione per numero di destinatari oltre il limite";
  return {};
}

}  // namespace

PecSubmission read_submission(const StoredMail& mail, const std::string& mailbox, std::uint64_t max_bytes) {
  PecSubmission out{.mailbox = mailbox,
                    .recipients = mail.recipients,
                    .to = {},
                    .cc = {},
                    .parameters = mail.parameters,
                    .message_id = {},
                    .subject = {},
                    .bytes = mail.bytes,
                    .refusal = {},
                    .identificativo = {}};
  const auto message = parse_message(out.bytes);
  if (!message) {
    out.refusal = "il messaggio non è leggibile";
    return out;
  }
  out.to = addresses_of(message.get(), GMIME_ADDRESS_TYPE_TO);
  out.cc = addresses_of(message.get(), GMIME_ADDRESS_TYPE_CC);
  out.message_id = text_of(g_mime_message_get_message_id(message.get()));
  out.subject = text_of(g_mime_message_get_subject(message.get()));
  if (const auto type = lower_case(text_of(g_mime_object_get_header(GMIME_OBJECT(message.get()), "X-TipoRicevuta")));
      type == "breve" || type == "sintetica")
    out.receipt_type = type;
  const bool bcc = g_mime_object_get_header(GMIME_OBJECT(message.get()), "Bcc") != nullptr;
  out.refusal = formal_defect(out, addresses_of(message.get(), GMIME_ADDRESS_TYPE_FROM), bcc, max_bytes);
  return out;
}

std::string receipt_type_for(const PecSubmission& submission, const std::string& recipient) {
  const auto address = lower_case(recipient);
  const bool only_copy = std::ranges::count(submission.cc, address) && !std::ranges::count(submission.to, address);
  return only_copy && submission.receipt_type == "completa" ? "sintetica" : submission.receipt_type;
}

}  // namespace messo::peers
