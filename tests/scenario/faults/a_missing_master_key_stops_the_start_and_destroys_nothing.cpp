#include "scenario/faults/fault_story.hpp"

namespace messo::test {
namespace {

TEST_F(FaultStory, a_missing_master_key_stops_the_start_and_destroys_nothing) {
  begin({"--user", "comune", "--password", "tulipano"}, {.config = "username = \"comune\"\npassword = \"tulipano\"\n"});
  ASSERT_EQ(daemon.stop(), 0);
  const auto key = daemon.data() / "master.key", elsewhere = daemon.folder() / "copy.key";
  const auto database = daemon.data() / "messo.db";
  const std::string before = bytes_of(database);
  std::filesystem::rename(key, elsewhere);

  const auto missing = failing_start();
  EXPECT_EQ(missing.status, 2);
  EXPECT_NE(missing.err.find("master.key is missing"), std::string::npos) << missing.err;
  EXPECT_FALSE(std::filesystem::exists(key)) << "a new key would only hide that the right one is missing";

  EXPECT_TRUE(bytes_of(database) == before);

  std::ofstream(key) << std::string(64, 'a') << "\n";
  std::filesystem::permissions(key, std::filesystem::perms::owner_read);
  const auto wrong = failing_start();
  EXPECT_EQ(wrong.status, 2);
  EXPECT_NE(wrong.err.find("not the one this database was made with"), std::string::npos) << wrong.err;

  std::filesystem::rename(elsewhere, key);
  daemon.start();
  EXPECT_TRUE(becomes(post(job("maria@example.it"), town.key), "sent")) << "the sealed password still opens";
}

}  // namespace
}  // namespace messo::test
