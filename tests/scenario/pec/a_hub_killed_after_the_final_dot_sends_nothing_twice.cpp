#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

// The provider takes the message, and its 250 is on the way while the hub dies.
class KilledAfterTheDot : public PecStory {
 protected:
  // Whether a file below the store's folder of blobs holds exactly these bytes.
  bool is_kept(const std::string& bytes) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(daemon.data() / "blobs")) {
      if (!entry.is_regular_file() || entry.file_size() != bytes.size()) continue;
      if (bytes_of(entry.path()) == bytes) return true;
    }
    return false;
  }
  std::string killed_with_one_out() {
    const auto before = provider->taken().size();
    provider->hold();
    provider->smtp().add("final=delay:20000*1");
    const auto id = posted("maria.bianchi");
    EXPECT_TRUE(provider->wait_for_taken(before + 1, Millis{20'000}));
    daemon.kill9();
    EXPECT_TRUE(is_kept(provider->taken().back().bytes)) << "what left was durable before it left";
    daemon.start();
    EXPECT_TRUE(becomes(id, "in_doubt")) << read(id).dump(1);
    return id;
  }
};

TEST_F(KilledAfterTheDot, a_hub_killed_after_the_final_dot_sends_nothing_twice_and_the_accettazione_settles) {
  begin();
  const auto id = killed_with_one_out();
  provider->release();
  EXPECT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
  EXPECT_TRUE(has_milestone(id, "accepted"));
  EXPECT_EQ(provider->taken().size(), 1U) << "PEC is never sent again by itself";
  EXPECT_EQ(delivery(id).at("attempts").size(), 1U);
  EXPECT_TRUE(books().at("balanced"));
}

TEST_F(KilledAfterTheDot, the_same_when_the_channel_runs_in_a_process_of_its_own) {
  begin();
  configure({}, {}, "isolation = \"process\"\nmemory_mb = 0\n");
  ends("anna.verdi", "delivered");
  const auto id = killed_with_one_out();
  provider->release();
  EXPECT_TRUE(becomes(id, "delivered")) << read(id).dump(1);
  EXPECT_EQ(provider->taken().size(), 2U);
}

}  // namespace
}  // namespace messo::test
