#include <algorithm>
#include <set>

#include "store/memory/parts.hpp"

namespace messo::memory {

Result<BlobId> MemoryBlobs::put(OrganisationId organisation, std::string_view bytes) {
  const BlobId id{sha256(bytes)};
  const std::scoped_lock hold(shared_.mutex);
  shared_.state.blobs[{organisation, id}] = {std::string(bytes), shared_.clock.now()};
  return id;
}

Result<std::vector<BlobId>> MemoryBlobs::put_all(std::span<const NewBlob> blobs) {
  std::vector<BlobId> out;
  for (const NewBlob& blob : blobs) out.push_back(*put(blob.organisation, blob.bytes));
  return out;
}

Result<std::string> MemoryBlobs::read(OrganisationId organisation, const BlobId& id, std::uint64_t offset, std::uint64_t length) {
  const std::scoped_lock hold(shared_.mutex);
  const auto at = shared_.state.blobs.find({organisation, id});
  if (at == shared_.state.blobs.end()) return fail(decisions::no_such_blob());
  const std::string& bytes = at->second.first;
  if (offset >= bytes.size()) return std::string();
  return bytes.substr(offset, length);
}

Result<std::uint64_t> MemoryBlobs::size(OrganisationId organisation, const BlobId& id) {
  const std::scoped_lock hold(shared_.mutex);
  const auto at = shared_.state.blobs.find({organisation, id});
  if (at == shared_.state.blobs.end()) return fail(decisions::no_such_blob());
  return at->second.first.size();
}

Result<std::size_t> MemoryBlobs::collect(Instant now) {
  const std::scoped_lock hold(shared_.mutex);
  State& state = shared_.state;
  std::set<std::pair<OrganisationId, BlobId>> named;  // the nil organisation stands for all
  for (const auto& [id, row] : state.notifications) {
    if (!row.content) continue;
    for (const Attachment& a : row.content->attachments) named.insert({row.summary.organisation, a.blob});
  }
  for (const auto& [id, row] : state.receipts) {
    if (row.receipt.raw) named.insert({row.receipt.raw_owner, *row.receipt.raw});
  }
  for (const auto& [attempt, kept] : state.as_sent) named.insert({kept.organisation, kept.bytes});
  for (const auto& [id, row] : state.troubled) {
    if (row.item.raw) named.insert({OrganisationId{row.item.provider.value}, *row.item.raw});
  }
  return std::erase_if(state.blobs, [&](const auto& entry) {
    const bool kept = named.contains(entry.first) || named.contains({OrganisationId{}, entry.first.second});
    return !kept && entry.second.second + std::chrono::hours{1} <= now;
  });
}

}  // namespace messo::memory
