// Blobs put together. One by one: directory_test.cpp.
#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class BlobsTogetherTest : public StoreTest {
 protected:
  OrganisationId other = OrganisationId::make(from_unix_ms(2));
  std::string read(OrganisationId organisation, const BlobId& id) { return must(store().blobs().read(organisation, id, 0, 1'000'000)); }
};

TEST_P(BlobsTogetherTest, many_put_together_have_their_names_in_order_and_are_read_one_by_one) {
  std::vector<std::string> bytes;
  for (std::size_t i = 0; i < 300; ++i) bytes.push_back(std::string(i * 37 % 5'000, 'a') + std::to_string(i));
  std::vector<NewBlob> blobs;
  for (std::size_t i = 0; i < bytes.size(); ++i) blobs.push_back({i % 3 == 0 ? other : who.organisation, bytes[i]});
  const auto ids = must(store().blobs().put_all(blobs));
  ASSERT_EQ(ids.size(), bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    EXPECT_EQ(ids[i], BlobId{sha256(bytes[i])});
    EXPECT_EQ(read(blobs[i].organisation, ids[i]), bytes[i]);
    EXPECT_FALSE(store().blobs().size(i % 3 == 0 ? who.organisation : other, ids[i])) << "another organisation's";
  }
}

TEST_P(BlobsTogetherTest, the_same_bytes_twice_in_one_call_or_before_it_are_one_blob) {
  const auto before = must(store().blobs().put(who.organisation, "one"));
  const std::vector<NewBlob> blobs{
      {who.organisation, "one"}, {who.organisation, "two"}, {who.organisation, ""}, {who.organisation, "two"}, {other, "two"}};
  const auto ids = must(store().blobs().put_all(blobs));
  ASSERT_EQ(ids.size(), 5U);
  EXPECT_EQ(ids[0], before);
  EXPECT_EQ(ids[1], ids[3]);
  EXPECT_EQ(read(who.organisation, ids[1]), "two");
  EXPECT_EQ(read(who.organisation, ids[2]), "");
  EXPECT_EQ(read(other, ids[4]), "two");
  EXPECT_EQ(must(store().blobs().collect(now() + 2h)), 4U) << "nothing names them";
  EXPECT_TRUE(must(store().blobs().put_all({})).empty());
}

MESSO_EACH_ENGINE(BlobsTogetherTest);

}  // namespace
}  // namespace messo::testing
