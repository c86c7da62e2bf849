// The index of one notification's evidence: everything known of it as JSON (docs/evidence.md "indice.json"), from which the page is made.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evidence/chain.hpp"
#include "evidence/material.hpp"
#include "model/notification.hpp"

namespace messo {

using EvidenceJson = nlohmann::ordered_json;

inline constexpr std::string_view kEvidenceFormat = "messo-evidence/1";
inline constexpr std::string_view kIndexFile = "indice.json", kPageFile = "indice.html", kSignatureFile = "indice.firma",
                                  kKeyFile = "chiave.pem";

// One entry with what was found when its original was read.
struct EvidencePiece {
  EvidenceEntry entry;
  std::string file;     // its name in the archive; empty: the original is not there
  std::string extract;  // name of the file of its extract, if any
  std::string problem;  // "missing", "damaged"; empty: none
  std::uint64_t size = 0;
  std::optional<ReceiptMeaning> meaning;
  std::optional<SentHead> head;
};

struct IndexFacts {
  const NotificationView& notification;
  const DirectorySnapshot& directory;
  std::span<const EvidencePiece> pieces;
  std::span<const EvidenceSegment> segments;  // those that pieces are in, with leaves
  std::string_view made_by;                   // "messo 0.1.0"
  std::string_view public_key;
  Instant now{};
};

// Without "files". Pure.
EvidenceJson make_index(const IndexFacts& facts);

// The page in Italian for people, from an index: self-contained, without scripts. Pure. Errors: template_* (a defect of ours).
Result<std::string> make_page(const EvidenceJson& index);

}  // namespace messo
