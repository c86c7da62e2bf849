// Organisations, services, keys, providers, pauses: versioned and audited.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/directory.hpp"

namespace messo {

// What to write: whole new values, matched by id. `audit` says who did what in words.
struct DirectoryChange {
  std::vector<Organisation> organisations;
  std::vector<Service> services;
  std::vector<ApiKey> keys;
  std::vector<Provider> providers;
  std::vector<Pause> pauses;                   // set
  std::vector<Pause> resumed;                  // removed (scope and subject count)
  std::vector<SmsSender> sms_senders;          // set, by organisation and alias
  std::vector<SmsSender> sms_senders_removed;  // organisation and alias count
  std::string actor;                           // "root via messo apply", a key's id, ...
  std::vector<std::string> audit;              // one sentence per change, no secrets
};

struct AuditEntry {
  std::int64_t position = 0;
  Instant at{};
  std::string actor;
  std::string sentence;
};

class DirectoryStore {
 public:
  virtual ~DirectoryStore() = default;

  // The newest snapshot; never null. Cheap: a shared pointer copy.
  virtual DirectoryPtr snapshot() const = 0;
  // Applies the change when the directory is still at `expected_version`, else conflict "directory_changed". Secrets are sealed before they
  // are written. Returns the new snapshot.
  virtual Result<DirectoryPtr> apply(const DirectoryChange& change, std::uint64_t expected_version, Instant now) = 0;
  virtual Result<std::vector<AuditEntry>> audit(std::size_t limit) = 0;
  // Called after each change, on the thread that made it, with the new snapshot. Set once, before use by several threads.
  virtual void on_change(std::function<void(DirectoryPtr)> listener) = 0;
};

}  // namespace messo
