#include "scenario/sms/sms_story.hpp"

namespace messo::test {
namespace {

using ::testing::ElementsAre;

class RefusedBind : public SmsStory {
 protected:
  Json provider() const {
    const auto all = Json::parse(daemon.must({"provider", "list", "--json"})).at("items");
    return *std::ranges::find_if(all, [](const Json& one) { return one.at("key") == "smsc"; });
  }
};

TEST_F(RefusedBind, a_wrong_password_pauses_the_provider_and_loses_nothing) {
  begin({}, {{"accounts", {{"messo", "un'altra"}}}});
  const auto id = posted("Buongiorno");
  ASSERT_TRUE(wait_until([&] { return smsc->count("refused_binds") >= 1; })) << daemon.log();
  EXPECT_TRUE(wait_until([&] { return provider().at("state") != "running"; })) << provider();
  EXPECT_EQ(read(id).at("status"), "queued");
  EXPECT_EQ(smsc->count("submits"), 0U);
  for (const auto& text : {provider().dump(), daemon.log()})
    EXPECT_EQ(text.find("segreto"), std::string::npos) << "a password is never shown";
  EXPECT_LE(smsc->count("refused_binds"), 3U) << "an account is not locked by trying again and again";

  apply("[[provider]]\nkey = \"smsc\"\nplugin = \"smpp\"\nchannel = \"sms\"\n[provider.config]\nhost = \"127.0.0.1\"\nport = " +
        std::to_string(smsc->port()) + "\nsystem_id = \"messo\"\npassword = \"un'altra\"\nsender = \"ComEsempio\"\n");
  EXPECT_TRUE(reaches(id, "delivered", Millis{60'000}));
  EXPECT_THAT(shown(), ElementsAre("Buongiorno"));
}

TEST_F(RefusedBind, a_bind_refused_for_now_is_tried_again) {
  begin({}, {{"bind_status", "ESME_RSYSERR"}});
  const auto id = posted("Buongiorno");
  ASSERT_TRUE(wait_until([&] { return smsc->count("refused_binds") >= 1; })) << daemon.log();
  smsc->set({{"bind_status", 0}});
  EXPECT_TRUE(reaches(id, "delivered", Millis{60'000}));
  EXPECT_THAT(shown(), ElementsAre("Buongiorno"));
}

TEST_F(RefusedBind, an_smsc_that_is_down_gets_its_messages_when_it_is_back) {
  begin();
  ends("Il primo", "delivered");
  smsc->close();
  const auto id = posted("Il secondo", citizen(2));
  EXPECT_FALSE(becomes(id, "delivered", Millis{1'000}));
  smsc->listen();
  EXPECT_TRUE(reaches(id, "delivered", Millis{60'000}));
  EXPECT_THAT(shown(citizen(2)), ElementsAre("Il secondo"));
}

TEST_F(RefusedBind, one_that_asks_to_unbind_is_bound_again) {
  begin();
  ends("Il primo", "delivered");
  smsc->unbind();
  ends("Il secondo", "delivered", citizen(2), Millis{60'000});
  EXPECT_EQ(smsc->count("binds"), 2U);
  EXPECT_EQ(smsc->count("submits"), 2U);
}

TEST_F(RefusedBind, the_hub_unbinds_when_it_stops) {
  begin("binds = 2\nsystem_type = \"comune\"\n");
  ASSERT_TRUE(wait_until([&] { return smsc->stats().at("bound").size() == 2; })) << daemon.log();
  EXPECT_EQ(smsc->stats().at("bound").at(0).at("system_type"), "comune");
  EXPECT_EQ(daemon.stop(), 0);
  EXPECT_EQ(smsc->count("unbinds"), 2U);
}

TEST_F(RefusedBind, the_line_is_kept_alive) {
  begin("enquire_link_seconds = 1\n");
  EXPECT_TRUE(wait_until([&] { return smsc->count("enquire_links") >= 2; })) << daemon.log();
}

TEST_F(RefusedBind, over_tls_with_the_right_authority_only) {
  smsc = std::make_unique<peers::NpmSmsc>(Json::object(), true);
  begin_without_provider();
  peers::TestAuthority stranger;
  apply(provider_entry(*smsc, "smsc", "tls = \"tls\"\nca_file = \"" + stranger.ca_file() + "\"\n"));
  const auto id = posted("Buongiorno");
  EXPECT_FALSE(becomes(id, "delivered", Millis{2'000}));
  EXPECT_EQ(smsc->count("binds"), 0U) << "no password goes to somebody else";
  apply(provider_entry(*smsc, "smsc", "tls = \"tls\"\nca_file = \"" + smsc->ca_file() + "\"\n"));
  EXPECT_TRUE(reaches(id, "delivered", Millis{60'000}));
}

}  // namespace
}  // namespace messo::test
