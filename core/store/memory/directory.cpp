#include "store/directory_change.hpp"
#include "store/memory/parts.hpp"

namespace messo::memory {

DirectoryPtr MemoryDirectory::snapshot() const {
  const std::scoped_lock hold(shared_.mutex);
  return shared_.state.directory;
}

Result<DirectoryPtr> MemoryDirectory::apply(const DirectoryChange& change, std::uint64_t expected_version, Instant now) {
  DirectoryPtr after;
  {
    const std::scoped_lock hold(shared_.mutex);
    State& state = shared_.state;
    auto next = changed(*state.directory, change, expected_version);
    if (!next) return fail(next.error());
    after = state.directory = std::make_shared<const DirectorySnapshot>(std::move(*next));
    for (const std::string& sentence : change.audit) {
      state.audit.push_back({static_cast<std::int64_t>(state.audit.size() + 1), now, change.actor, sentence});
    }
  }
  if (shared_.directory_listener) shared_.directory_listener(after);
  return after;
}

Result<std::vector<AuditEntry>> MemoryDirectory::audit(std::size_t limit) {
  const std::scoped_lock hold(shared_.mutex);
  const auto& all = shared_.state.audit;
  std::vector<AuditEntry> out;
  for (auto at = all.rbegin(); at != all.rend() && out.size() < limit; ++at) out.push_back(*at);
  return out;
}

void MemoryDirectory::on_change(std::function<void(DirectoryPtr)> listener) { shared_.directory_listener = std::move(listener); }

}  // namespace messo::memory
