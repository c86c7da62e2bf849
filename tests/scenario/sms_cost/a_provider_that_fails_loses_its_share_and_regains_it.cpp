#include "scenario/sms_cost/sms_cost_story.hpp"

namespace messo::test {
namespace {

class ShareStory : public SmsCostStory {
 protected:
  double share(const std::string& key) const { return Json::parse(daemon.must({"provider", "show", key, "--json"})).value("share", -1.0); }
  void post_all(int count) const {
    for (int i = 0; i < count; ++i) EXPECT_EQ(post("codice " + std::to_string(i)).status, 202);
  }
};

// Of two gateways one fails for its messages' sake for a while: it gets fewer, nothing is lost, and it comes back little by little.
TEST_F(ShareStory, a_provider_that_fails_loses_its_share_and_regains_it) {
  begin({{"alfa", "", "[provider.retry]\nwaits = [\"1 s\"]"},
         {"beta", "script = [{ outcome = \"try_later\", times = 60 }]", "[provider.retry]\nwaits = [\"1 s\"]"}});
  EXPECT_EQ(share("beta"), 1.0);
  post_all(100);
  ASSERT_TRUE(wait_until([&] { return arrived("alfa") + arrived("beta") == 100; }, Millis{60'000}));
  EXPECT_LT(share("beta"), 0.9);
  EXPECT_EQ(share("alfa"), 1.0);
  EXPECT_GT(arrived("alfa"), 50U) << "the other one took over";
  const double low = share("beta");
  ASSERT_TRUE(wait_until([&] { return share("beta") > low; }, Millis{10'000})) << "it is trusted again, with time";
  EXPECT_LT(share("beta"), 1.0);
  const auto metrics = daemon.admin("GET", "/metrics").body;
  for (const char* series : {"messo_provider_share{provider=\"beta\"", "messo_provider_outcome_seconds_bucket{provider=\"alfa\",le=",
                             "messo_provider_sms_segments_total{provider=\"alfa\"}"})
    EXPECT_NE(metrics.find(series), std::string::npos) << series;
  EXPECT_TRUE(books().at("balanced"));
}

TEST_F(ShareStory, a_provider_far_slower_than_the_other_gets_less) {
  begin({{"alfa", ""}, {"beta", "script = [{ outcome = \"sent\", delay_ms = 1500 }]"}});
  post_all(60);
  ASSERT_TRUE(wait_until([&] { return arrived("alfa") + arrived("beta") == 60; }, Millis{60'000}));
  ASSERT_TRUE(wait_until([&] { return share("beta") < 0.6; }));
  EXPECT_EQ(share("alfa"), 1.0);
  const auto before_alfa = arrived("alfa"), before_beta = arrived("beta");
  post_all(60);
  ASSERT_TRUE(wait_until([&] { return arrived("alfa") + arrived("beta") == 120; }, Millis{60'000}));
  EXPECT_GT(arrived("alfa") - before_alfa, 2 * (arrived("beta") - before_beta));
}

TEST_F(ShareStory, delivery_rate_and_time_are_told_by_provider) {
  begin({{"alfa",
          "script = [{ outcome = \"pending\", receipt = \"delivered\", receipt_after_ms = 50, times = 3 }, { outcome = \"pending\", "
          "receipt = \"undelivered\", receipt_after_ms = 50 }]"}});
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(posted());
  for (const auto& id : ids)
    ASSERT_TRUE(wait_until([&] { return read(id).at("status") == "delivered" || read(id).at("status") == "undelivered"; }));
  const auto metrics = daemon.admin("GET", "/metrics").body;
  for (const char* line : {"messo_provider_final_receipts_total{provider=\"alfa\",result=\"delivered\"} 3",
                           "messo_provider_final_receipts_total{provider=\"alfa\",result=\"undelivered\"} 2",
                           "messo_provider_final_receipts_total{provider=\"alfa\",result=\"expired\"} 0",
                           "messo_provider_delivery_seconds_count{provider=\"alfa\"} 3"})
    EXPECT_NE(metrics.find(line), std::string::npos) << line;
}

}  // namespace
}  // namespace messo::test
