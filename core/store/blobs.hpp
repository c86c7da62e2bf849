// Attachments and other bytes, content-addressed per organisation.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "model/ids.hpp"

namespace messo {

// Bytes to be put; they must outlive the call.
struct NewBlob {
  OrganisationId organisation;
  std::string_view bytes;
};

class Blobs {
 public:
  virtual ~Blobs() = default;

  // Writes the bytes once, fsynced with their folder before it returns; not yet referenced: a row naming it must commit within the hour, or
  // collect() may take it away. Never part of a group commit.
  virtual Result<BlobId> put(OrganisationId organisation, std::string_view bytes) = 0;
  // The same of many, in their order: on disk for much less than one after the other, because their syncs go together. At an error some may
  // be there, which nothing names.
  virtual Result<std::vector<BlobId>> put_all(std::span<const NewBlob> blobs) = 0;
  // At most `length` bytes from `offset`; shorter at the end. not_found when pruned or another organisation's; corrupt when damaged.
  virtual Result<std::string> read(OrganisationId organisation, const BlobId& id, std::uint64_t offset, std::uint64_t length) = 0;
  virtual Result<std::uint64_t> size(OrganisationId organisation, const BlobId& id) = 0;
  // Removes blobs no row names and older than an hour; returns how many.
  virtual Result<std::size_t> collect(Instant now) = 0;
};

}  // namespace messo
