#include "evidence/merkle.hpp"

#include <bit>

namespace messo {
namespace {

Sha256 merkle_node(const Sha256& left, const Sha256& right) {
  std::string bytes(1, '\x01');
  bytes.append(as_text(left)).append(as_text(right));
  return sha256(bytes);
}

}  // namespace

Sha256 merkle_leaf(std::string_view bytes) {
  Sha256Stream hash;
  hash.update(std::string_view("\0", 1));
  hash.update(bytes);
  return hash.finish();
}

Sha256 merkle_root(std::span<const Sha256> leaves) {
  if (leaves.empty()) return sha256({});
  if (leaves.size() == 1) return leaves.front();
  const std::size_t left = std::bit_floor(leaves.size() - 1);  // the largest power of two below the count
  return merkle_node(merkle_root(leaves.first(left)), merkle_root(leaves.subspan(left)));
}

std::vector<Sha256> merkle_path(std::span<const Sha256> leaves, std::size_t index) {
  if (index >= leaves.size() || leaves.size() == 1) return {};
  const std::size_t left = std::bit_floor(leaves.size() - 1);
  const bool in_left = index < left;
  auto path = in_left ? merkle_path(leaves.first(left), index) : merkle_path(leaves.subspan(left), index - left);
  path.push_back(in_left ? merkle_root(leaves.subspan(left)) : merkle_root(leaves.first(left)));
  return path;
}

std::optional<Sha256> merkle_root_by_path(const Sha256& leaf, std::uint64_t index, std::uint64_t count, std::span<const Sha256> path) {
  if (index >= count) return {};
  std::uint64_t at = index, last = count - 1;
  Sha256 root = leaf;
  for (const Sha256& beside : path) {
    if (last == 0) return {};
    if ((at & 1) != 0 || at == last) {
      root = merkle_node(beside, root);
      // A node without a sister is handed up as it is.
      while ((at & 1) == 0 && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      root = merkle_node(root, beside);
    }
    at >>= 1;
    last >>= 1;
  }
  if (last != 0) return {};
  return root;
}

}  // namespace messo
