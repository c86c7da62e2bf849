// Merkle trees as RFC 6962 §2.1 has them: SHA-256, a leaf hashed with 0x00 before it and a node with 0x01, so that neither passes for the
// other. Pure.
#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.hpp"

namespace messo {

// The hash of a leaf's bytes.
Sha256 merkle_leaf(std::string_view bytes);
// The root over hashes of leaves; SHA-256 of nothing for none.
Sha256 merkle_root(std::span<const Sha256> leaves);
// The audit path of the leaf at `index` (RFC 6962 §2.1.1), nearest first; empty when there is no such leaf.
std::vector<Sha256> merkle_path(std::span<const Sha256> leaves, std::size_t index);
// The root that leaf, place and path lead to (RFC 9162 §2.1.3.2); nullopt when a tree of `count` leaves has no such path.
std::optional<Sha256> merkle_root_by_path(const Sha256& leaf, std::uint64_t index, std::uint64_t count, std::span<const Sha256> path);

}  // namespace messo
