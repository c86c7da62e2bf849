#include "scenario/pec/pec_story.hpp"

namespace messo::test {
namespace {

TEST_F(PecStory, a_preset_limits_its_mailbox_unless_the_file_says_otherwise) {
  begin("preset = \"legalmail\"\n");
  const auto rates = [&] { return Json::parse(daemon.must({"provider", "show", "pec", "--json"})).at("rates"); };
  EXPECT_EQ(rates(), (Json{{"per_second", 0}, {"per_minute", 6}, {"per_hour", 0}, {"per_day", 0}}));
  // A minute's worth leaves at once, and what is more waits its turn.
  std::vector<std::string> ids;
  for (int i = 0; i < 7; ++i) ids.push_back(posted("maria" + std::to_string(i)));
  ASSERT_TRUE(provider->wait_for_taken(6, Millis{20'000}));
  const auto since = std::chrono::steady_clock::now();
  ASSERT_TRUE(provider->wait_for_taken(7, Millis{30'000}));
  EXPECT_GE(std::chrono::steady_clock::now() - since, Millis{5'000}) << "one every ten seconds";
  for (const auto& id : ids) EXPECT_TRUE(becomes(id, "delivered")) << read(id).dump(1);

  configure("preset = \"legalmail\"\n", {}, "rates = { per_minute = 60, per_hour = 500 }\n");
  EXPECT_EQ(rates(), (Json{{"per_second", 0}, {"per_minute", 60}, {"per_hour", 500}, {"per_day", 0}}));
}

}  // namespace
}  // namespace messo::test
