// What a leaf and a segment of the evidence chain say, as the very bytes that are hashed and signed (docs/evidence.md "The chain"). These
// forms never change: a new one gets a new first line. Ids, digests and times only, no personal data. Pure.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "evidence/signing.hpp"
#include "store/evidence_entry.hpp"

namespace messo {

// The facts of a leaf in their order, by the names they have in leaf and index.
using LeafFacts = std::vector<std::pair<std::string_view, std::string>>;
LeafFacts leaf_facts(const EvidenceEntry& entry);
std::span<const std::string_view> leaf_names(EvidenceKind kind);
// Lines "name value", each ended by a line feed; the free text (a receipt's code) stands last.
std::string leaf_text(const LeafFacts& facts);
Sha256 leaf_hash(const EvidenceEntry& entry);

std::string segment_text(const EvidenceSegment& segment);
// The segment of these entries that follows `previous` (null: the first), signed.
EvidenceSegment make_segment(const EvidenceSegment* previous, std::span<const EvidenceEntry> entries, const SigningKey& key, Instant now);

// Where an entry is in its segment: nullopt when it is not among the leaves, so something of it was changed since.
struct LeafPlace {
  std::uint64_t index = 0;
  std::vector<Sha256> path;
};
std::optional<LeafPlace> place_of(const EvidenceEntry& entry, const EvidenceSegment& segment);

}  // namespace messo
