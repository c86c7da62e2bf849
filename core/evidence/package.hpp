// One notification's evidence as a ZIP file, made while it is read: originals stay on the disk until their bytes are asked for.
#pragma once
#include <memory>
#include <semaphore>

#include "evidence/archive.hpp"
#include "evidence/index.hpp"
#include "store/store.hpp"

namespace messo {

// Immutable but for the originals it reads; any thread, one at a time. The store must outlive it.
class EvidencePackage {
 public:
  std::uint64_t size() const { return layout_.size(); }
  // At most `length` bytes from `offset`; shorter at the end of a part, empty only at the end of all. Errors: the store's, also when
  // retention took an original meanwhile.
  Result<std::string> read(std::uint64_t offset, std::uint64_t length) const;

 private:
  friend class PackageMaker;
  struct Content {
    std::string bytes;               // in memory, or
    std::optional<BlobId> original;  // a blob of
    OrganisationId owner;
    std::uint64_t size = 0;
  };
  EvidencePackage(Store& store, ArchiveLayout layout, std::vector<Content> contents);

  Store& store_;
  ArchiveLayout layout_;
  std::vector<Content> contents_;
  std::vector<std::uint64_t> starts_;  // of each header
};
using EvidencePackagePtr = std::shared_ptr<const EvidencePackage>;

struct EvidenceDeskOptions {
  std::string made_by = {};                       // "messo 0.1.0"
  std::uint64_t largest = 512ULL << 20;           // bytes of one archive
  std::uint64_t largest_read = 32ULL << 20;       // originals up to here are read as a whole and explained
  std::size_t most_entries = 1'000;               // of one notification
  std::chrono::milliseconds longest_wait{5'000};  // for a turn
};

class EvidenceDesk {
 public:
  static constexpr std::ptrdiff_t kAtOnce = 2;  // packages in the making: bounds memory

  // Everything given must outlive it and its packages.
  EvidenceDesk(EvidenceDeskOptions options, Store& store, const SigningKey& key, MaterialReader reader, const Clock& clock);

  // Reads each original once, for its digest and what it says; blocks on the disk. Thread-safe. Errors: not_found as Ledger::find;
  // not_found "no_evidence", which says why there is none; too_large "evidence_too_large"; overloaded "evidence_busy"; the store's.
  Result<EvidencePackagePtr> package(const Visibility& visibility, NotificationId id);
  const std::string& public_key() const { return key_.public_key(); }

 private:
  const EvidenceDeskOptions options_;
  Store& store_;
  const SigningKey& key_;
  const MaterialReader reader_;
  const Clock& clock_;
  std::counting_semaphore<kAtOnce> turns_{kAtOnce};
};

}  // namespace messo
