#include "smpp/outcomes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.hpp"
#include "smpp_pdu/receipt.hpp"

namespace messo::smpp {
namespace {

// A part without an id of its own: a name no receipt will ever use, so that receipts for the others do not make the message complete.
plugin::Reference unnamed_part(const messo_id& attempt, std::uint32_t part) {
  return {"smpp-part", fmt::format("{}/{}", to_hex(as_text(attempt.bytes)), part), part};
}

std::vector<plugin::Reference> references_of(const Outbound& message) {
  std::vector<plugin::Reference> out;
  for (std::uint32_t i = 0; i < message.ids.size(); ++i) {
    if (!message.ids[i].empty()) {
      out.push_back({"smpp-id", normalised_id(message.ids[i]), i});
    } else if (message.expected.empty()) {
      out.push_back(unnamed_part(message.attempt, i));
    } else {
      out.push_back(message.expected[i]);
    }
  }
  return out;
}

bool any_id(const Outbound& message) {
  return !message.expected.empty() || std::ranges::any_of(message.ids, [](const auto& id) { return !id.empty(); });
}

plugin::Outcome taken_outcome(const Outbound& message, bool receipts) {
  if (!receipts) return plugin::sent("smpp.taken");
  if (!any_id(message))
    return plugin::sent("smpp.taken_without_id", "The provider took the message but gave no id: no receipt can be matched.");
  return plugin::pending(references_of(message), "smpp.taken");
}

plugin::Outcome lost_outcome(const Outbound& message) {
  auto out = plugin::unknown("smpp.no_response", "The message was handed over, but the provider's response was lost.");
  out.private_text = fmt::format("{} of {} parts without response, {} taken", message.count(PartState::lost), message.parts.size(),
                                 message.count(PartState::taken));
  if (any_id(message)) out.references = references_of(message);
  return out;
}

plugin::Outcome refused_outcome(const Outbound& message, std::uint32_t status) {
  auto out = not_taken(status);
  const auto taken = message.count(PartState::taken);
  if (taken == 0) return out;
  out.kind = MESSO_REFUSED;
  out.private_text += fmt::format("; {} of {} parts were taken", taken, message.parts.size());
  out.references = references_of(message);
  return out;
}

plugin::Outcome incomplete_outcome(const Outbound& message) {
  auto out = plugin::refused("smpp.incomplete",
                             "The provider took only some parts of the message; it is not sent again, for these would arrive twice.");
  out.private_text = fmt::format("{} of {} parts were taken{}", message.count(PartState::taken), message.parts.size(),
                                 message.status ? ", last " + describe_status(*message.status) : std::string{});
  out.references = references_of(message);
  return out;
}

}  // namespace

std::string code_of(std::uint32_t status) {
  switch (classify(status)) {
    case StatusClass::throttled: return "smpp.throttled";
    case StatusClass::queue_full: return "smpp.queue_full";
    default: return fmt::format("smpp.{:08x}", status);
  }
}

plugin::Outcome not_taken(std::uint32_t status) {
  const auto later = [&](std::string text) {
    return plugin::try_later(code_of(status), std::move(text)).log_text(describe_status(status));
  };
  switch (classify(status)) {
    case StatusClass::throttled: return later("The provider asked to slow down.").about(MESSO_SCOPE_PROVIDER).slow_down();
    case StatusClass::queue_full: return later("The provider's queue is full.").about(MESSO_SCOPE_PROVIDER).slow_down();
    case StatusClass::rebind: return later("The session with the provider has to be made anew.").about(MESSO_SCOPE_PROVIDER).slow_down();
    case StatusClass::configuration:
      return later("The provider refuses messages until its settings are corrected.").about(MESSO_SCOPE_PROVIDER).slow_down();
    case StatusClass::permanent_message:
      return plugin::refused(code_of(status), "The provider does not take this message.").log_text(describe_status(status));
    case StatusClass::permanent_destination:
      return plugin::refused(code_of(status), "The provider does not take this phone number.")
          .about(MESSO_SCOPE_DESTINATION)
          .log_text(describe_status(status));
    case StatusClass::ok:
    case StatusClass::retry: break;
  }
  return later("The provider could not take the message for now.");
}

plugin::Outcome final_outcome(const Outbound& message, bool receipts) {
  const auto taken = message.count(PartState::taken);
  if (message.count(PartState::lost) > 0) return lost_outcome(message);
  if (taken == message.parts.size()) return taken_outcome(message, receipts);
  if (message.count(PartState::refused) > 0) return refused_outcome(message, message.status.value_or(0));
  if (taken > 0) return incomplete_outcome(message);
  if (message.status) return not_taken(*message.status);
  return plugin::given_back("smpp.connection_lost", "The connection to the provider was lost before the message left.");
}

bool needs_operator(const SessionTrouble& trouble) {
  switch (trouble.what) {
    case Trouble::certificate:
    case Trouble::tls:
    case Trouble::refused_here: return true;
    case Trouble::bind_refused: return classify(trouble.status) == StatusClass::configuration;
    default: return false;
  }
}

std::string advice(const SessionTrouble& trouble) {
  switch (trouble.what) {
    case Trouble::unreachable: return "The SMSC cannot be reached: check host, port and the network (VPN).";
    case Trouble::closed: return "The SMSC closed the connection: check its state, and that the contract allows so many binds.";
    case Trouble::silent: return "The SMSC does not respond: check its state; if it is only slow, raise response_seconds.";
    case Trouble::protocol: return "The server does not speak SMPP 3.4: check port and tls.";
    case Trouble::certificate: return "The SMSC's certificate is not valid for host: check host, ca_file and the certificate.";
    case Trouble::tls: return "TLS could not be set up: check port and tls.";
    case Trouble::unbound: return "The SMSC ended the session: check its state.";
    case Trouble::refused_here:
      return fmt::format("The SMSC refuses messages ({}): check sender_ton, sender_npi, service_type, data_coding_gsm7 and the contract.",
                         describe_status(trouble.status));
    case Trouble::bind_refused: break;
  }
  const auto said = describe_status(trouble.status);
  if (trouble.status == Status::ESME_RINVPASWD) return fmt::format("The SMSC refused the bind ({}): check password.", said);
  if (trouble.status == Status::ESME_RINVSYSID) return fmt::format("The SMSC refused the bind ({}): check system_id.", said);
  if (trouble.status == Status::ESME_RALYBND)
    return fmt::format("The SMSC refused the bind ({}): lower binds to what the contract allows, or end other sessions of this account.",
                       said);
  return fmt::format(
      "The SMSC refused the bind ({}): check system_id, password, system_type and mode, and that the SMSC knows this machine's address.",
      said);
}

std::string full_advice(const SessionTrouble& trouble) {
  return trouble.detail.empty() ? advice(trouble) : fmt::format("{} ({})", advice(trouble), trouble.detail);
}

plugin::Outcome waited_in_vain(const SessionTrouble& trouble) {
  auto out =
      plugin::given_back(needs_operator(trouble) ? "smpp.account_refused" : "smpp.outage", "The provider cannot be reached at the moment.");
  out.private_text = full_advice(trouble);
  return out;
}

}  // namespace messo::smpp
