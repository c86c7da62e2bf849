// One piece of evidence, and the closed segments that chain them (docs/evidence.md).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/ids.hpp"
#include "model/outcome.hpp"

namespace messo {

enum class EvidenceKind : std::uint8_t { as_sent = 1, receipt = 2 };
std::string_view to_string(EvidenceKind kind);

// A message as it was handed over, or a receipt's original that was matched with a delivery. None of it changes once it is there.
struct EvidenceEntry {
  EvidenceKind kind = EvidenceKind::as_sent;
  Uuid id;  // the attempt's, or the receipt's
  OrganisationId organisation;
  DeliveryId delivery;
  AttemptId attempt;
  ProviderId provider;
  BlobId original;
  OrganisationId blob_owner;  // under whose id the original lies among the blobs; not part of what is chained
  Instant at{};               // kept, received
  std::uint64_t size = 0;     // bytes of the original; as sent only
  // receipts only
  Instant happened_at{};
  ReceiptKind says = ReceiptKind::milestone;
  Milestone milestone = Milestone::none;
  Verification verification = Verification::not_checked;
  std::string code;
  bool settles = false;                  // not part of what is chained
  std::string public_text;               // not part of what is chained
  std::optional<std::uint64_t> segment;  // the closed one it is in
};

// Some entries of one organisation, closed for good. `leaves` are gone once retention has taken the last of its entries.
struct EvidenceSegment {
  OrganisationId organisation;
  std::uint64_t number = 0;    // from 1, without gaps
  std::vector<Sha256> leaves;  // hashes, in order
  std::uint64_t count = 0;     // how many there were
  Sha256 root{};               // of their Merkle tree
  Sha256 previous{};           // SHA-256 of the text of the segment before; zeros in the first
  Instant closed_at{};
  std::string public_key;  // 32 bytes
  std::string signature;   // 64 bytes, of the segment's text
};

// What waits to be chained.
struct UnchainedEvidence {
  OrganisationId organisation;
  std::uint64_t count = 0;
  Instant oldest{};
};

}  // namespace messo
