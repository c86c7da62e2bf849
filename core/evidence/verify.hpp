// Whether evidence that was handed out holds: offline, from its files alone.
#pragma once
#include "evidence/archive.hpp"
#include "evidence/index.hpp"

namespace messo {

enum class CheckKind : std::uint8_t { container, index, key, file, chain, receipt };
std::string_view to_string(CheckKind kind);

struct EvidenceCheck {
  CheckKind kind = CheckKind::file;
  bool holds = false;
  std::string subject;   // a file, "segment 3", ...; may be empty
  std::string sentence;  // what holds, or what does not; English, for people
};

struct VerifyOptions {
  std::optional<std::string> public_key;  // 32 bytes the caller knows to be the organisation's
  MaterialReader reader;                  // without `receipt` the receipts' own signatures are not looked at
};

struct VerifyReport {
  bool holds = false;  // every check does, and there were some
  std::vector<EvidenceCheck> checks;
  std::vector<std::string> notes;  // what was not checked, or is no proof yet
  // As the index says; empty where it cannot be read.
  std::string notification, organisation, status, made_at, public_key;
};

// Never throws, whatever the files are. Pure but for the reader.
VerifyReport verify_evidence(std::span<const ArchivedFile> files, const VerifyOptions& options);
// The same for a ZIP file, whose own structure is checked too.
VerifyReport verify_evidence_archive(std::string_view archive, const VerifyOptions& options);

}  // namespace messo
