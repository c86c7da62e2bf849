#include "scenario/mail/mail_story.hpp"

namespace messo::test {
namespace {

TEST_F(MailStory, wrong_password_pauses_the_provider_and_loses_nothing) {
  begin({"--user", "comune", "--password", "right"}, {.config = "username = \"comune\"\npassword = \"wrong\"\n"});
  const auto id = post("maria@example.it");
  const auto paused = [&] {
    const auto list = daemon.messo({"provider", "list", "--json"}).out;
    return list.find("535") != std::string::npos;
  };
  ASSERT_TRUE(wait_until(paused)) << daemon.messo({"provider", "list"}).out << read(id).dump(1);
  EXPECT_EQ(read(id).at("status"), "queued");
  EXPECT_EQ(daemon.messo({"provider", "list", "--json"}).out.find("wrong\""), std::string::npos) << "a password is never shown";

  town = found_town(daemon, {.port = peer->port(), .config = "username = \"comune\"\npassword = \"right\"\n"});
  wait_for(id, "sent", Millis{60'000});
  EXPECT_EQ(peer->counts().messages, 1);
}

}  // namespace
}  // namespace messo::test
