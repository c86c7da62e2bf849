#include "store/sqlite/sealed_blob.hpp"

#include <algorithm>

namespace messo::sqlite {
namespace {

constexpr std::uint64_t kPlainPiece = 64 * 1024;
constexpr std::uint64_t kSealOverhead = 40;  // nonce and tag (seal.hpp)
constexpr std::uint64_t kSealedPiece = kPlainPiece + kSealOverhead;

// Even nothing is one piece: a file that was emptied must not pass for an empty attachment.
std::uint64_t pieces_of(std::uint64_t file_size) { return std::max<std::uint64_t>(1, (file_size + kSealedPiece - 1) / kSealedPiece); }

}  // namespace

std::string SealedBlob::bound_to(std::uint64_t piece, bool last) const {
  std::string out(organisation_.value.view());
  out.append(as_text(id_.digest));
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(piece >> shift);
  out += last ? '\1' : '\0';
  return out;
}

std::uint64_t SealedBlob::plain_size(std::uint64_t file_size) {
  const auto overhead = pieces_of(file_size) * kSealOverhead;
  return file_size > overhead ? file_size - overhead : 0;
}

std::string SealedBlob::seal(std::string_view bytes) const {
  std::string out;
  out.reserve(bytes.size() + (bytes.size() / kPlainPiece + 1) * kSealOverhead);
  for (std::uint64_t piece = 0;; ++piece) {
    const auto plain = bytes.substr(0, kPlainPiece);
    bytes.remove_prefix(plain.size());
    out += sealer_.seal(Sealer::Purpose::content, plain, bound_to(piece, bytes.empty()));
    if (bytes.empty()) return out;
  }
}

Result<std::string> SealedBlob::read(std::uint64_t file_size, std::uint64_t offset, std::uint64_t length, const Fetch& fetch) const {
  const auto size = plain_size(file_size);
  const auto last = pieces_of(file_size) - 1;
  if (offset > size || (offset == size && size != 0)) return std::string();
  const auto end = offset + std::min(length, size - offset);
  std::string out;
  out.reserve(end - offset);
  for (auto piece = offset / kPlainPiece; piece <= last; ++piece) {
    const auto begins = piece * kPlainPiece;
    if (begins >= end && size != 0) break;
    const auto sealed = fetch(piece * kSealedPiece, kSealedPiece);
    if (!sealed) return fail(sealed.error());
    const auto plain = sealer_.open(Sealer::Purpose::content, *sealed, bound_to(piece, piece == last));
    if (!plain) return fail(plain.error());
    const auto from = std::max(offset, begins) - begins;
    out.append(*plain, from, std::min<std::uint64_t>(end - begins, plain->size()) - from);
  }
  return out;
}

}  // namespace messo::sqlite
