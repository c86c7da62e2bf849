#include "dispatch/message_builder.hpp"

#include "model/sms_sender_choice.hpp"
#include "template/quick_json.hpp"

namespace messo {

std::string message_meta(const LeasedDelivery& delivery, const DirectorySnapshot& directory) {
  std::string out;
  const auto put = [&](std::string_view name, const std::string& value) {
    if (value.empty()) return;
    out.append(out.empty() ? "{\"" : ",\"").append(name).append("\":");
    append_json_string(out, value);
  };
  // By name, as the library writes them.
  put("case", delivery.case_file);
  // App IO addresses people by it; no other channel has any business with it.
  if (delivery.channel == Channel::io) put("fiscal_code", delivery.content.recipient.fiscal_code);
  if (const auto at = directory.organisations.find(delivery.organisation); at != directory.organisations.end()) {
    put("organisation", at->second.key);
    put("organisation_name", at->second.name);
  }
  put("protocol", delivery.protocol);
  put("reference", delivery.reference);
  if (const auto at = directory.services.find(delivery.service); at != directory.services.end()) put("service", at->second.key);
  return out.empty() ? "{}" : out + '}';
}

Result<OutgoingMessage> build_message(LeasedDelivery&& delivery, std::vector<OutgoingPart>&& parts, const DirectorySnapshot& directory) {
  Recipient& recipient = delivery.content.recipient;
  const auto address = recipient.addresses.find(delivery.channel);
  if (address == recipient.addresses.end() || address->second.empty()) {
    return fail(ErrorKind::invalid, "no_address", "the recipient's address for this channel is not there any more");
  }
  OutgoingMessage out;
  out.attempt = delivery.attempt;
  out.delivery = delivery.delivery;
  out.organisation = delivery.organisation;
  out.attempt_number = delivery.attempts_counted + 1;
  out.channel = delivery.channel;
  out.priority = delivery.priority;
  out.created = delivery.accepted_at;
  out.send_before = delivery.expires_at;
  out.meta_json = message_meta(delivery, directory);
  out.to = std::move(address->second);
  out.to_name = std::move(recipient.name);
  if (const auto service = directory.services.find(delivery.service); service != directory.services.end()) {
    if (const auto sender = service->second.senders.find(delivery.channel); sender != service->second.senders.end()) {
      out.from = sender->second.address;
      out.from_name = sender->second.name;
      out.reply_to = sender->second.reply_to;
    }
    if (out.channel == Channel::sms) out.from = sms_sender_of(directory, service->second);
  }
  out.language = std::move(delivery.language);
  out.parts = std::move(parts);
  out.attachments = std::move(delivery.content.attachments);
  return out;
}

}  // namespace messo
