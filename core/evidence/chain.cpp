#include "evidence/chain.hpp"

#include <algorithm>

#include "evidence/merkle.hpp"

namespace messo {
namespace {

constexpr std::string_view kSentNames[] = {"kind", "id", "organisation", "delivery", "attempt", "provider", "sha256", "at", "size"};
constexpr std::string_view kReceiptNames[] = {"kind", "id",          "organisation", "delivery",  "attempt",      "provider", "sha256",
                                              "at",   "happened_at", "says",         "milestone", "verification", "code"};

void add_line(std::string& out, std::string_view name, std::string_view value) { out.append(name).append(" ").append(value).append("\n"); }

}  // namespace

std::span<const std::string_view> leaf_names(EvidenceKind kind) {
  return kind == EvidenceKind::as_sent ? std::span<const std::string_view>(kSentNames) : std::span<const std::string_view>(kReceiptNames);
}

LeafFacts leaf_facts(const EvidenceEntry& entry) {
  std::vector<std::string> values{
      std::string(to_string(entry.kind)), entry.id.to_string(),       entry.organisation.to_string(),         entry.delivery.to_string(),
      entry.attempt.to_string(),          entry.provider.to_string(), to_hex(as_text(entry.original.digest)), to_rfc3339(entry.at)};
  if (entry.kind == EvidenceKind::as_sent) {
    values.push_back(std::to_string(entry.size));
  } else {
    values.push_back(to_rfc3339(entry.happened_at));
    values.emplace_back(to_string(entry.says));
    values.emplace_back(to_string(entry.milestone));
    values.emplace_back(to_string(entry.verification));
    values.push_back(entry.code);
  }
  const auto names = leaf_names(entry.kind);
  LeafFacts out;
  for (std::size_t i = 0; i < names.size(); ++i) out.emplace_back(names[i], std::move(values[i]));
  return out;
}

std::string leaf_text(const LeafFacts& facts) {
  std::string out = "messo-evidence-leaf-v1\n";
  for (const auto& [name, value] : facts) add_line(out, name, value);
  return out;
}

Sha256 leaf_hash(const EvidenceEntry& entry) { return merkle_leaf(leaf_text(leaf_facts(entry))); }

std::string segment_text(const EvidenceSegment& segment) {
  std::string out = "messo-evidence-segment-v1\n";
  add_line(out, "organisation", segment.organisation.to_string());
  add_line(out, "number", std::to_string(segment.number));
  add_line(out, "leaves", std::to_string(segment.count));
  add_line(out, "root", to_hex(as_text(segment.root)));
  add_line(out, "previous", to_hex(as_text(segment.previous)));
  add_line(out, "closed_at", to_rfc3339(segment.closed_at));
  return out;
}

EvidenceSegment make_segment(const EvidenceSegment* previous, std::span<const EvidenceEntry> entries, const SigningKey& key, Instant now) {
  EvidenceSegment out;
  out.organisation = entries.front().organisation;
  out.number = previous == nullptr ? 1 : previous->number + 1;
  for (const EvidenceEntry& entry : entries) out.leaves.push_back(leaf_hash(entry));
  out.count = out.leaves.size();
  out.root = merkle_root(out.leaves);
  if (previous != nullptr) out.previous = sha256(segment_text(*previous));
  out.closed_at = now;
  out.public_key = key.public_key();
  out.signature = key.sign(segment_text(out));
  return out;
}

std::optional<LeafPlace> place_of(const EvidenceEntry& entry, const EvidenceSegment& segment) {
  const auto at = std::ranges::find(segment.leaves, leaf_hash(entry));
  if (at == segment.leaves.end()) return {};
  const auto index = static_cast<std::size_t>(at - segment.leaves.begin());
  return LeafPlace{index, merkle_path(segment.leaves, index)};
}

}  // namespace messo
