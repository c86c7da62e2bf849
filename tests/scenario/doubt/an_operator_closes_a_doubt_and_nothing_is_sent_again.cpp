#include "scenario/doubt/doubt_story.hpp"

namespace messo::test {
namespace {

TEST_F(DoubtStory, an_operator_closes_a_doubt_and_nothing_is_sent_again) {
  begin({"--fail", "final=drop*1"}, {.on_doubt = "hold"});
  const auto id = post_into_doubt();
  const auto before = peer->counts().messages;

  const auto table = daemon.must({"doubt", "list"});
  EXPECT_NE(table.find("relay"), std::string::npos) << table;
  EXPECT_NE(table.find("held: policy"), std::string::npos) << table;
  const auto doubt = doubts().at(0);
  EXPECT_EQ(doubt.at("notification"), id);
  const auto shown = daemon.must({"doubt", "show", id});
  EXPECT_NE(shown.find("messo doubt close " + doubt.at("id").get<std::string>() + " --as sent"), std::string::npos) << shown;

  EXPECT_EQ(daemon.messo({"doubt", "close", id, "--as", "sent"}).status, 2) << "a reason is wanted";
  daemon.must({"doubt", "close", id, "--as", "sent", "--reason", "nel registro del relay", "--operator", "maria"});
  const auto closed = wait_for(id, "sent");
  const auto& event = closed.at("timeline").back();
  EXPECT_EQ(event.at("kind"), "settled");
  EXPECT_EQ(event.at("details").at("reason"), "nel registro del relay");
  EXPECT_EQ(event.at("details").at("operator").get<std::string>().find("maria (uid "), 0U);
  EXPECT_EQ(daemon.must({"doubt", "list"}), "Nothing is in doubt.\n");

  const auto again = daemon.messo({"doubt", "resend", doubt.at("id"), "--reason", "x"});
  EXPECT_EQ(again.status, 1);
  EXPECT_NE(again.err.find("not in doubt any more: sent"), std::string::npos) << again.err;
  wait_for(post("luca@example.it"), "sent");
  EXPECT_EQ(peer->counts().messages, before + 1) << "only Luca's";
  EXPECT_EQ(attempts(read(id)).size(), 1U);
}

}  // namespace
}  // namespace messo::test
