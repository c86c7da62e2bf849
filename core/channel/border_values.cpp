#include "channel/border_values.hpp"

#include <algorithm>
#include <cstring>

#include "template/escape.hpp"

namespace messo {
namespace {

messo_str str(std::string_view text) { return {text.data(), text.size()}; }

OutcomeKind kind_of(std::uint32_t raw) {
  return raw >= MESSO_SENT && raw <= MESSO_UNKNOWN ? static_cast<OutcomeKind>(raw) : OutcomeKind::unknown;
}
// Not understood: it speaks of this message only, so that nothing else is held back by it.
OutcomeScope scope_of(std::uint32_t raw) { return raw <= MESSO_SCOPE_PROVIDER ? static_cast<OutcomeScope>(raw) : OutcomeScope::message; }

Verification verification_of(std::uint32_t raw) {
  return raw >= MESSO_VALID && raw <= MESSO_INVALID ? static_cast<Verification>(raw) : Verification::not_checked;
}
Milestone milestone_of(std::uint32_t raw) { return raw <= MESSO_MILESTONE_COMPLAINED ? static_cast<Milestone>(raw) : Milestone::none; }

std::vector<Reference> read_references(const messo_reference* const* list, std::size_t count) {
  std::vector<Reference> out;
  for (std::size_t i = 0; list != nullptr && i < std::min(count, kMaxReferences); ++i) {
    if (list[i] == nullptr || !MESSO_HAS(list[i], messo_reference, value)) continue;
    // A value cut short would match the wrong receipt: leave it out.
    if (list[i]->value.len == 0 || list[i]->value.len > kMaxReferenceValue || list[i]->kind.len > kMaxReferenceKind) continue;
    out.push_back({clean_code(list[i]->kind, "id"), std::string(raw_view(list[i]->value)), list[i]->part});
  }
  return out;
}

}  // namespace

std::string_view raw_view(messo_str text) { return text.ptr == nullptr ? std::string_view{} : std::string_view{text.ptr, text.len}; }

std::string clean_text(messo_str text, std::size_t limit) {
  std::string out(raw_view(text).substr(0, limit));
  for (auto bad = find_invalid_utf8(out); bad != std::string::npos; bad = find_invalid_utf8(out)) out[bad] = '?';
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return out;
}

std::string clean_code(messo_str text, std::string_view fallback) {
  std::string out(raw_view(text).substr(0, kMaxCode));
  for (char& c : out) {
    const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
    if (!fine) c = '_';
  }
  return out.empty() ? std::string(fallback) : out;
}

messo_id to_border(AttemptId id) {
  messo_id out;
  std::memcpy(out.bytes, id.value.bytes.data(), sizeof out.bytes);
  return out;
}
AttemptId attempt_of(const messo_id& id) {
  AttemptId out;
  std::memcpy(out.value.bytes.data(), id.bytes, sizeof id.bytes);
  return out;
}

std::optional<Outcome> read_outcome(const messo_outcome& raw) {
  if (!MESSO_HAS(&raw, messo_outcome, reference_count)) return {};
  Outcome out;
  out.kind = kind_of(raw.kind);
  out.scope = scope_of(raw.scope);
  out.throttled = (raw.flags & MESSO_FLAG_THROTTLED) != 0;
  if (raw.retry_after_ms >= 0) out.retry_after = std::min(Millis{raw.retry_after_ms}, kLongestRetryAfter);
  out.code = clean_code(raw.code, to_string(out.kind));
  out.public_text = clean_text(raw.public_text, kMaxPublicText);
  out.private_text = clean_text(raw.private_text, kMaxPrivateText);
  out.references = read_references(raw.references, raw.reference_count);
  return out;
}

std::optional<Receipt> read_receipt(const messo_receipt& raw) {
  if (!MESSO_HAS(&raw, messo_receipt, reference_count)) return {};
  const std::string_view key = raw_view(raw.dedupe_key);
  if (key.empty() || key.size() > kMaxDedupeKey) return {};
  Receipt out;
  out.dedupe_key = key;
  // A kind not understood moves nothing: a milestone without a name is only kept.
  out.kind = raw.kind == MESSO_RECEIPT_DELIVERED || raw.kind == MESSO_RECEIPT_UNDELIVERED ? static_cast<ReceiptKind>(raw.kind)
                                                                                          : ReceiptKind::milestone;
  out.milestone = milestone_of(raw.milestone);
  out.verification = verification_of(raw.verification);
  out.at = from_unix_ms(raw.at_ms);
  out.code = clean_code(raw.code, to_string(out.kind));
  out.public_text = clean_text(raw.public_text, kMaxPublicText);
  out.references = read_references(raw.references, raw.reference_count);
  if (raw.raw.len > kMaxOriginal || (out.references.empty() && raw.reference_count > 0)) return {};
  out.raw_bytes = raw_view(raw.raw);
  if (MESSO_HAS(&raw, messo_receipt, scope)) out.scope = scope_of(raw.scope);
  if (MESSO_HAS(&raw, messo_receipt, learned_count)) {
    out.learned = read_references(raw.learned, std::min(raw.learned_count, kMaxLearned));
  }
  return out;
}

std::optional<std::vector<Reference>> read_all_references(const messo_reference* const* references, std::size_t count) {
  if (count > kMaxReferences || (references == nullptr && count > 0)) return {};
  auto out = read_references(references, count);
  if (out.size() != count) return {};
  return out;
}

BorderReferences::BorderReferences(std::span<const Reference> references) {
  references_.reserve(references.size());  // pointers into it must hold
  for (const Reference& one : references) {
    references_.push_back({sizeof(messo_reference), one.part, str(one.kind), str(one.value)});
    index_.push_back(&references_.back());
  }
}

BorderBatch::BorderBatch(std::span<const OutgoingMessage> messages) {
  std::size_t parts = 0, attachments = 0;
  for (const auto& one : messages) parts += one.parts.size(), attachments += one.attachments.size();
  // Reserved in full: pointers into them must hold.
  messages_.reserve(messages.size());
  parts_.reserve(parts);
  attachments_.reserve(attachments);
  part_index_.reserve(parts);
  attachment_index_.reserve(attachments);
  index_.reserve(messages.size());
  for (const auto& one : messages) {
    messages_.push_back(convert(one));
    index_.push_back(&messages_.back());
  }
}

messo_message BorderBatch::convert(const OutgoingMessage& from) {
  messo_message to{};
  to.struct_size = sizeof to;
  to.priority = static_cast<std::uint32_t>(from.priority);
  to.attempt = to_border(from.attempt);
  std::memcpy(to.delivery.bytes, from.delivery.value.bytes.data(), sizeof to.delivery.bytes);
  to.attempt_number = from.attempt_number;
  to.created_ms = to_unix_ms(from.created);
  to.send_before_ms = to_unix_ms(from.send_before);
  to.answer_by_ms = to_unix_ms(from.answer_by);
  to.channel = str(to_string(from.channel));
  to.to = str(from.to), to.to_name = str(from.to_name);
  to.from = str(from.from), to.from_name = str(from.from_name), to.reply_to = str(from.reply_to);
  to.language = str(from.language);
  to.meta_json = str(from.meta_json);
  to.parts = part_index_.data() + part_index_.size();
  to.part_count = from.parts.size();
  for (const auto& part : from.parts) {
    parts_.push_back({sizeof(messo_part), 0, str(part.name), str(part.content_type), str(part.body)});
    part_index_.push_back(&parts_.back());
  }
  to.attachments = attachment_index_.data() + attachment_index_.size();
  to.attachment_count = from.attachments.size();
  std::uint64_t handle = 0;
  for (const auto& file : from.attachments) {
    attachments_.push_back({sizeof(messo_attachment), 0, ++handle, file.size, str(file.name), str(file.content_type)});
    attachment_index_.push_back(&attachments_.back());
  }
  return to;
}

}  // namespace messo
