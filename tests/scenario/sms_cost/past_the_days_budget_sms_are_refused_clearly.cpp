#include "scenario/sms_cost/sms_cost_story.hpp"

namespace messo::test {
namespace {

class BudgetStory : public SmsCostStory {
 protected:
  static constexpr auto kUnion = "[[organisation]]\nkey = \"unione\"\nname = \"Unione dei Comuni\"\n";
  static std::string town_below(const std::string& limits) {
    return std::string("[[organisation]]\nkey = \"comune\"\nname = \"Comune di Esempio\"\nparent = \"unione\"\n") + kUnion +
           "[organisation.limits]\n" + limits + "\n";
  }
  // What `messo usage --json` says of the payer today.
  Json usage(const std::string& payer) const {
    const auto all = Json::parse(daemon.must({"usage", "--json"}));
    for (const auto& row : all.at("items")) {
      if (row.at("payer") == payer) return row;
    }
    return nullptr;
  }
};

TEST_F(BudgetStory, past_the_days_budget_sms_are_refused_clearly) {
  // The dearer of the two counts, whichever one gets the message.
  begin({{"alfa", "", "segment_cost = \"0.03\""}, {"beta", "", "segment_cost = \"0.05\""}}, town_below("sms_cost_per_day = \"0.30\""));
  const std::string three(400, 'a');
  const auto first = Json::parse(post(three, {"Idempotency-Key: uno"}).body).at("id");
  EXPECT_EQ(usage("unione").at("cost"), "0.15");
  EXPECT_EQ(usage("unione").at("cost_left"), "0.15");
  EXPECT_EQ(usage("comune/sportello").at("segments"), 3);
  EXPECT_EQ(usage("comune").at("segments"), 3);
  const auto again = post(three, {"Idempotency-Key: uno"});
  EXPECT_EQ(Json::parse(again.body).at("id"), first);
  EXPECT_EQ(usage("unione").at("segments"), 3) << "a repeated request counts once";
  EXPECT_EQ(post("è un codice: \xF0\x9F\x98\x80").status, 202) << "one segment, in UCS-2";
  EXPECT_EQ(usage("unione").at("cost_left"), "0.10");

  const auto refused = post(three);
  EXPECT_EQ(refused.status, 429) << refused.body;
  const auto problem = Json::parse(refused.body);
  EXPECT_EQ(problem.at("type"), "urn:messo:problem:sms_budget_exceeded");
  for (const char* part : {"organisation unione", "0.30 EUR a day", "0.10 EUR is left", "takes 0.15 EUR"})
    EXPECT_NE(problem.at("detail").get<std::string>().find(part), std::string::npos) << problem.at("detail");
  const auto wait = std::stol(refused.headers.at("retry-after"));
  EXPECT_GE(wait, 1);
  EXPECT_LE(wait, 25 * 3600);
  EXPECT_EQ(usage("unione").at("segments"), 4) << "a refusal costs nothing";
  EXPECT_EQ(daemon.post("/v1/notifications", town.test_key, job(three)).status, 202) << "test keys are free";
  EXPECT_EQ(usage("unione").at("segments"), 4);
  const auto metrics = daemon.admin("GET", "/metrics").body;
  EXPECT_NE(metrics.find("messo_sms_budget_used{payer=\"unione\",unit=\"euro\"} 0.2"), std::string::npos);

  daemon.kill9();
  daemon.start();
  EXPECT_EQ(post(three).status, 429) << "what was taken outlives the hub";
  EXPECT_EQ(post("corto").status, 202);
  EXPECT_EQ(post("corto").status, 202);
  EXPECT_EQ(post("corto").status, 429);
  apply({}, town_below("sms_cost_per_day = \"0.50\""));
  EXPECT_EQ(post("corto").status, 202) << "raised, it counts at once";
  EXPECT_NE(daemon.must({"usage"}).find("comune/sportello"), std::string::npos);
  ASSERT_TRUE(becomes(first, "sent"));
}

TEST_F(BudgetStory, a_job_says_beforehand_what_it_would_take) {
  begin({{"alfa", "", "segment_cost = \"0.0455\""}});
  const auto answer = daemon.post("/v1/notifications?validate=only", town.key, job(std::string(161, 'a')));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(Json::parse(answer.body).at("sms"), (Json{{"segments", 2}, {"cost", "0.091"}}));
  EXPECT_TRUE(Json::parse(daemon.must({"usage", "--json"})).at("items").empty()) << "asking is free";
}

}  // namespace
}  // namespace messo::test
