#include "evidence/index.hpp"

#include <algorithm>

namespace messo {
namespace {

void set(EvidenceJson& out, const char* name, std::string_view value) {
  if (!value.empty()) out[name] = value;
}
void set(EvidenceJson& out, const char* name, const std::optional<Instant>& at) {
  if (at) out[name] = to_rfc3339(*at);
}

EvidenceJson notification_json(const IndexFacts& facts) {
  const NotificationSummary& is = facts.notification.summary;
  EvidenceJson out = {{"id", is.id.to_string()}, {"status", to_string(is.status)}, {"class", to_string(is.template_class)}};
  out["template"] = is.template_key;
  set(out, "reference", is.reference);
  set(out, "protocol", is.protocol);
  set(out, "case", is.case_file);
  out["accepted_at"] = to_rfc3339(is.accepted_at);
  set(out, "ended_at", is.ended_at);
  out["organisation"] = {{"id", is.organisation.to_string()}};
  if (const auto at = facts.directory.organisations.find(is.organisation); at != facts.directory.organisations.end()) {
    out["organisation"]["key"] = at->second.key;
    out["organisation"]["name"] = at->second.name;
  }
  if (const auto at = facts.directory.services.find(is.service); at != facts.directory.services.end())
    out["service"] = {{"key", at->second.key}, {"name", at->second.name}};
  return out;
}

EvidenceJson recipient_json(const Recipient& recipient) {
  auto out = EvidenceJson::object();
  set(out, "name", recipient.name);
  set(out, "fiscal_code", recipient.fiscal_code);
  for (const auto& [channel, address] : recipient.addresses) set(out, std::string(to_string(channel)).c_str(), address);
  return out;
}

EvidenceJson attempts_json(const DeliveryView& delivery) {
  auto out = EvidenceJson::array();
  for (const AttemptView& attempt : delivery.attempts) {
    EvidenceJson one = {{"id", attempt.id.to_string()}, {"leased_at", to_rfc3339(attempt.leased_at)}};
    set(one, "handed_over_at", attempt.handed_over_at);
    set(one, "ended_at", attempt.ended_at);
    if (attempt.outcome) one["outcome"] = to_string(*attempt.outcome);
    set(one, "code", attempt.code);
    out.push_back(std::move(one));
  }
  return out;
}

EvidenceJson deliveries_json(const NotificationView& view) {
  auto out = EvidenceJson::array();
  for (const StepView& step : view.steps) {
    for (const DeliveryView& delivery : step.deliveries) {
      EvidenceJson one = {{"id", delivery.id.to_string()},
                          {"channel", to_string(delivery.channel)},
                          {"phase", to_string(delivery.state.phase)},
                          {"result", to_string(delivery.state.result)},
                          {"disputed", delivery.state.disputed},
                          {"milestones", EvidenceJson::array()}};
      for (const Milestone milestone : delivery.milestones) one["milestones"].push_back(to_string(milestone));
      set(one, "closed_at", delivery.closed_at);
      one["attempts"] = attempts_json(delivery);
      out.push_back(std::move(one));
    }
  }
  return out;
}

EvidenceJson meaning_json(const ReceiptMeaning& meaning, Instant now) {
  EvidenceJson out = {{"kind", meaning.kind}, {"final", meaning.final}};
  set(out, "verification", meaning.verification);
  set(out, "reason", meaning.reason);
  if (!meaning.verification.empty()) out["verified_at"] = to_rfc3339(now);
  set(out, "code", meaning.code);
  set(out, "message_id", meaning.message_id);
  set(out, "identificativo", meaning.identificativo);
  set(out, "recipient", meaning.recipient);
  set(out, "sender", meaning.sender);
  set(out, "provider", meaning.provider);
  set(out, "error", meaning.error);
  set(out, "at", meaning.at);
  set(out, "at_original", meaning.at_original);
  return out;
}

EvidenceJson head_json(const SentHead& head) {
  auto out = EvidenceJson::object();
  set(out, "from", head.from);
  set(out, "to", head.to);
  set(out, "subject", head.subject);
  set(out, "date", head.date);
  set(out, "message_id", head.message_id);
  return out;
}

EvidenceJson chain_json(const EvidenceEntry& entry, std::span<const EvidenceSegment> segments) {
  if (!entry.segment) return {{"state", "open"}};
  const auto segment = std::ranges::find(segments, *entry.segment, &EvidenceSegment::number);
  const auto place = segment == segments.end() ? std::nullopt : place_of(entry, *segment);
  if (!place) return {{"state", "broken"}, {"segment", *entry.segment}};
  EvidenceJson out = {{"state", "closed"}, {"segment", *entry.segment}, {"index", place->index}, {"path", EvidenceJson::array()}};
  for (const Sha256& hash : place->path) out["path"].push_back(to_hex(as_text(hash)));
  return out;
}

EvidenceJson piece_json(const EvidencePiece& piece, const IndexFacts& facts) {
  auto out = EvidenceJson::object();
  for (auto& [name, value] : leaf_facts(piece.entry)) out[std::string(name)] = std::move(value);
  out["size"] = piece.entry.kind == EvidenceKind::as_sent ? piece.entry.size : piece.size;
  if (const auto at = facts.directory.providers.find(piece.entry.provider); at != facts.directory.providers.end())
    out["provider_key"] = at->second.key;
  if (piece.entry.kind == EvidenceKind::receipt) {
    out["settles"] = piece.entry.settles;
    set(out, "text", piece.entry.public_text);
  }
  set(out, "file", piece.file);
  set(out, "extract", piece.extract);
  set(out, "problem", piece.problem);
  if (piece.meaning) out["meaning"] = meaning_json(*piece.meaning, facts.now);
  if (piece.head) out["head"] = head_json(*piece.head);
  out["chain"] = chain_json(piece.entry, facts.segments);
  return out;
}

EvidenceJson segment_json(const EvidenceSegment& segment) {
  return {{"organisation", segment.organisation.to_string()},
          {"number", segment.number},
          {"leaves", segment.count},
          {"root", to_hex(as_text(segment.root))},
          {"previous", to_hex(as_text(segment.previous))},
          {"closed_at", to_rfc3339(segment.closed_at)},
          {"public_key", to_base64(segment.public_key)},
          {"signature", to_base64(segment.signature)}};
}

}  // namespace

EvidenceJson make_index(const IndexFacts& facts) {
  EvidenceJson out = {{"format", kEvidenceFormat}, {"made_at", to_rfc3339(facts.now)}, {"made_by", facts.made_by}};
  out["public_key"] = to_base64(facts.public_key);
  out["notification"] = notification_json(facts);
  if (facts.notification.content) out["recipient"] = recipient_json(facts.notification.content->recipient);
  out["deliveries"] = deliveries_json(facts.notification);
  out["entries"] = EvidenceJson::array();
  for (const EvidencePiece& piece : facts.pieces) out["entries"].push_back(piece_json(piece, facts));
  out["segments"] = EvidenceJson::array();
  for (const EvidenceSegment& segment : facts.segments) out["segments"].push_back(segment_json(segment));
  out["timeline"] = EvidenceJson::array();
  for (const Event& event : facts.notification.timeline) {
    out["timeline"].push_back({{"at", to_rfc3339(event.at)}, {"kind", to_string(event.kind)}, {"status", to_string(event.status)}});
  }
  return out;
}

}  // namespace messo
