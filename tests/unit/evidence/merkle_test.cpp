// Against the vectors of Certificate Transparency (RFC 6962), and every path of every tree up to 40 leaves.
#include "evidence/merkle.hpp"

#include <gtest/gtest.h>

namespace messo {
namespace {

std::vector<Sha256> leaves_of(std::size_t count) {
  std::vector<Sha256> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(merkle_leaf(std::to_string(i)));
  return out;
}

TEST(Merkle, roots_are_those_of_the_standard) {
  const std::string inputs[] = {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
  const std::string roots[] = {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                               "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
                               "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
                               "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
                               "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
                               "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
                               "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
                               "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
  std::vector<Sha256> leaves;
  for (std::size_t i = 0; i < std::size(inputs); ++i) {
    leaves.push_back(merkle_leaf(*from_hex(inputs[i])));
    EXPECT_EQ(to_hex(as_text(merkle_root(leaves))), roots[i]) << i + 1 << " leaves";
  }
  EXPECT_EQ(merkle_root({}), sha256(""));
}

TEST(Merkle, every_path_leads_to_the_root) {
  for (std::size_t count = 1; count <= 40; ++count) {
    const auto leaves = leaves_of(count);
    const auto root = merkle_root(leaves);
    for (std::size_t index = 0; index < count; ++index) {
      const auto path = merkle_path(leaves, index);
      EXPECT_EQ(merkle_root_by_path(leaves[index], index, count, path), root) << index << " of " << count;
    }
  }
}

TEST(Merkle, a_path_proves_one_leaf_in_one_place_only) {
  const auto leaves = leaves_of(13);
  const auto root = merkle_root(leaves);
  const auto path = merkle_path(leaves, 5);
  EXPECT_NE(merkle_root_by_path(leaves[6], 5, 13, path), root);
  EXPECT_NE(merkle_root_by_path(leaves[5], 4, 13, path), root);
  EXPECT_EQ(merkle_root_by_path(leaves[5], 13, 13, path), std::nullopt) << "no such place";
  auto longer = path;
  longer.push_back(leaves[0]);
  EXPECT_EQ(merkle_root_by_path(leaves[5], 5, 13, longer), std::nullopt);
  EXPECT_EQ(merkle_root_by_path(leaves[5], 5, 13, std::span(path).first(path.size() - 1)), std::nullopt);
  for (std::size_t i = 0; i < path.size(); ++i) {
    auto changed = path;
    changed[i][0] ^= 1;
    EXPECT_NE(merkle_root_by_path(leaves[5], 5, 13, changed), root);
  }
  EXPECT_TRUE(merkle_path(leaves, 13).empty());
}

TEST(Merkle, a_node_is_no_leaf) {
  const auto leaves = leaves_of(2);
  std::string both(as_text(leaves[0]));
  both += as_text(leaves[1]);
  EXPECT_NE(merkle_leaf(both), merkle_root(leaves));
}

}  // namespace
}  // namespace messo
