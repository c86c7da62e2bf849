#include <ostream>

#include "app/cli/add_command.hpp"
#include "app/cli/text_layout.hpp"
#include "pec_receipt/receipt.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;

struct PecOptions {
  std::string file, roots, at;
};

// RFC 3339, or a day (its first second, UTC).
Result<std::optional<std::int64_t>> time_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const auto at = parse_rfc3339(text.size() == 10 ? text + "T00:00:00Z" : text);
  if (!at) return fail(ErrorKind::invalid, "bad_time", "--at " + text + " is no time: give one like 2026-11-22T10:00:00Z or 2026-11-22");
  return to_unix_ms(*at);
}

// Without --roots: AgID CA1, whose absence leaves the signature unchecked.
Result<std::optional<pec::Trust>> trust_of(Session& session, const std::string& roots) {
  auto trust = roots.empty() ? pec::Trust::agid_ca1() : pec::Trust::load(roots);
  if (trust) return std::move(*trust);
  if (!roots.empty()) return fail(std::move(trust.error()));
  session.err << "messo: the signature is not checked: " << trust.error().message << '\n';
  return std::nullopt;
}

json or_null(const std::string& text) { return text.empty() ? json() : json(text); }

std::string utc_of(const pec::PecMessage& m) { return m.at_ms == 0 ? std::string() : to_rfc3339(from_unix_ms(m.at_ms)); }

json to_json(const pec::PecMessage& m) {
  return {{"kind", pec::to_text(m.kind)},
          {"final", m.final},
          {"code", or_null(m.code)},
          {"message_id", or_null(m.message_id)},
          {"identificativo", or_null(m.identificativo)},
          {"recipient", or_null(m.recipient)},
          {"time", or_null(utc_of(m))},
          {"verification", pec::to_text(m.verification)},
          {"settles", m.settles()}};
}

// Why a receipt decides about nothing; empty when it does.
std::string why_not_settling(const pec::PecMessage& m) {
  if (m.settles()) return {};
  if (!pec::is_receipt(m.kind)) return "it is no receipt";
  if (m.verification != pec::Verification::valid) return "its signature is not verified";
  if (m.code == "pec.unreadable") return "it has no readable daticert.xml";
  if (!m.consistent) return "its header and its signed daticert.xml disagree";
  return "it does not name the message it is about";
}

void print(std::ostream& out, const pec::PecMessage& m) {
  const auto line = [&out](std::string_view name, const std::string& value) {
    if (!value.empty()) out << name << plain(value) << '\n';
  };
  const auto reason = why_not_settling(m);
  line("Kind:            ", std::string(pec::to_text(m.kind)) + (m.final ? " (final)" : ""));
  line("Code:            ", m.code);
  line("Error:           ", m.errore_esteso);
  line("About message:   ", m.message_id);
  line("Provider's id:   ", m.identificativo);
  line("Recipient:       ", m.recipient);
  line("Time:            ", utc_of(m) + (m.at_ms == 0 ? "" : " (") + m.at_original + (m.at_ms == 0 ? "" : ")"));
  line("Issued by:       ", m.provider);
  line("Its own id:      ", m.own_message_id);
  line("Verification:    ", std::string(pec::to_text(m.verification)) + ": " + m.verification_reason);
  line("Settles:         ", reason.empty() ? "yes" : "no, " + reason);
}

Status inspect(Session& session, const PecOptions& o) {
  const auto at = time_of(o.at);
  if (!at) return fail(Error(at.error()));
  const auto eml = read_input(o.file);
  if (!eml) return fail(Error(eml.error()));
  if (eml->empty())
    return fail(ErrorKind::invalid, "file", "there is nothing in " + o.file + ": give a message as a file (.eml), headers and all");
  const auto trust = trust_of(session, o.roots);
  if (!trust) return fail(Error(trust.error()));
  const auto message = pec::read_message(*eml, *trust ? &**trust : nullptr, *at);
  if (!session.printed_json(to_json(message))) print(session.out, message);
  return {};
}

}  // namespace

void add_pec(CLI::App& app, Session& session) {
  auto o = std::make_shared<PecOptions>();
  auto& pec = add_group(app, "pec", "Certified mail (PEC)");
  auto* c =
      add_command(pec, "inspect", "What a message of a PEC mailbox is, and whether it is genuine; no daemon needed", session, o, &inspect);
  c->add_option("FILE", o->file, "The message as a file (.eml); - for standard input")->required();
  c->add_option("--roots", o->roots, "Authorities to believe instead of AgID CA1: a file of PEM certificates");
  c->add_option("--at", o->at, "Judge certificates at this time instead of when it was signed: 2026-11-22T10:00:00Z");
}

}  // namespace messo::cli
