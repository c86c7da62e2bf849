// The sealed form of a blob's file: pieces of 64 KiB, each sealed by itself, so that a part of a large attachment can be read without
// opening all of it. A piece is bound to organisation, blob, place and to being the last one: pieces cannot be swapped, moved to another
// file or cut off. Thread-safe.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "model/ids.hpp"
#include "store/sqlite/seal.hpp"

namespace messo::sqlite {

class SealedBlob {
 public:
  // `sealer` must outlive it.
  SealedBlob(const Sealer& sealer, OrganisationId organisation, const BlobId& id) : sealer_(sealer), organisation_(organisation), id_(id) {}

  static std::uint64_t plain_size(std::uint64_t file_size);
  // The whole file for these bytes.
  std::string seal(std::string_view bytes) const;
  // At most `length` bytes of the plain text from `offset`. `fetch(offset, length)` reads the file. Errors: those of fetch; corrupt.
  using Fetch = std::function<Result<std::string>(std::uint64_t offset, std::uint64_t length)>;
  Result<std::string> read(std::uint64_t file_size, std::uint64_t offset, std::uint64_t length, const Fetch& fetch) const;

 private:
  std::string bound_to(std::uint64_t piece, bool last) const;
  const Sealer& sealer_;
  OrganisationId organisation_;
  BlobId id_;
};

}  // namespace messo::sqlite
