#include "mailbox_fixture.hpp"

namespace messo::mailbox {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Pop3Test : public MailboxTest {
 protected:
  Settings by_pop3() { return settings(Protocol::pop3); }
};

TEST_F(Pop3Test, reads_in_order_byte_for_byte_and_removes_nothing) {
  const auto first = letter("uno", "dot\r\n.\r\n..\r\n\xC3\xA8 8 bit\r\n"), second = letter("due");
  server().put(first);
  server().put(second);
  const auto reader = poller(by_pop3());
  HubDouble hub(*reader);
  EXPECT_FALSE(hub.cycle().more);
  EXPECT_THAT(hub.taken, ElementsAre(first, second));
  EXPECT_EQ(server().files().size(), 2U);
  server().put(letter("tre"));
  EXPECT_EQ(hub.cycle().items.size(), 1U);
  EXPECT_THAT(hub.cycle().items, IsEmpty());
}

TEST_F(Pop3Test, goes_on_where_it_was_after_a_restart_while_the_listing_begins_as_before) {
  for (int i = 0; i < 5; ++i) server().put(letter("n" + std::to_string(i)));
  auto reader = poller(by_pop3());
  HubDouble hub(*reader);
  hub.drain(2);
  EXPECT_EQ(hub.taken.size(), 5U);
  server().put(letter("nuovo"));
  reader = poller(by_pop3());
  hub.use(*reader);
  EXPECT_EQ(hub.cycle().items.size(), 1U);
  EXPECT_EQ(hub.repeated, 0);
}

TEST_F(Pop3Test, after_a_restart_and_a_deletion_everything_comes_again_and_nothing_is_lost) {
  for (int i = 0; i < 5; ++i) server().put(letter("n" + std::to_string(i)));
  auto reader = poller(by_pop3());
  HubDouble hub(*reader);
  hub.drain();
  std::filesystem::remove(server().files()[1]);
  server().put(letter("nuovo"));
  EXPECT_EQ(hub.cycle().items.size(), 1U) << "the same run knows what it has handed out";
  std::filesystem::remove(server().files()[1]);
  server().put(letter("ancora"));
  reader = poller(by_pop3());
  hub.use(*reader);
  hub.drain();
  EXPECT_EQ(hub.taken.size(), 7U);
  EXPECT_EQ(hub.taken.back(), letter("ancora"));
  EXPECT_THAT(logged, ElementsAre("mailbox.began_anew"));
}

TEST_F(Pop3Test, what_did_not_become_durable_comes_again) {
  for (int i = 0; i < 4; ++i) server().put(letter("n" + std::to_string(i)));
  const auto reader = poller(by_pop3());
  HubDouble hub(*reader);
  hub.cycle(30s, 2);
  EXPECT_EQ(hub.poll(30s, 2).items.size(), 2U);
  EXPECT_EQ(hub.poll(30s, 2).items.size(), 2U);
  hub.drain(2);
  EXPECT_EQ(hub.taken.size(), 4U);
  EXPECT_EQ(hub.repeated, 0);
}

TEST_F(Pop3Test, a_poisonous_or_too_large_message_fails_alone) {
  auto limited = by_pop3();
  limited.max_message_bytes = 100'000;
  server().put(letter("uno"));
  server().put(letter("grande", std::string(200'000, 'x') + "\r\n"));
  server().put(letter("veleno"));
  server().put(letter("due"));
  const auto reader = poller(limited);
  HubDouble hub(*reader);
  const auto page = hub.cycle();
  EXPECT_THAT(hub.taken, ElementsAre(letter("uno"), letter("due")));
  ASSERT_EQ(page.items.size(), 4U);
  EXPECT_EQ(page.items[1].code, "mailbox.too_large");
  EXPECT_THAT(page.items[1].raw, HasSubstr("Subject: grande"));
  EXPECT_EQ(page.items[2].code, "test.poison");
  EXPECT_EQ(hub.cycle().items.size(), 2U);
}

TEST_F(Pop3Test, fetches_only_the_bodies_that_are_worth_it) {
  server().put(letter("posta"));
  server().put(letter("ricevuta", "Ricevuta.\r\n", "X-Ricevuta: accettazione\r\n"));
  const auto reader =
      poller(by_pop3(), {{}, [](std::string_view header) { return header.find("X-Ricevuta: ") != std::string_view::npos; }});
  HubDouble hub(*reader);
  EXPECT_EQ(hub.cycle().items.size(), 2U);
  EXPECT_EQ(read, 1);
}

TEST_F(Pop3Test, removes_what_is_durable_if_asked_to) {
  auto removing = by_pop3();
  removing.after = After::remove;
  for (int i = 0; i < 5; ++i) server().put(letter("n" + std::to_string(i)));
  server().put(letter("veleno"));
  const auto reader = poller(removing);
  HubDouble hub(*reader);
  hub.drain(2);
  EXPECT_EQ(hub.taken.size(), 5U);
  EXPECT_THAT(server().messages(), ElementsAre(letter("veleno")));
  hub.ack({hub.seen.begin(), hub.seen.end()});
  server().put(letter("nuovo"));
  hub.drain(2);
  EXPECT_EQ(hub.taken.size(), 6U);
  EXPECT_THAT(server().messages(), ElementsAre(letter("veleno")));
}

TEST_F(Pop3Test, stls_protects_and_a_wrong_password_pauses) {
  auto starting = by_pop3();
  starting.tls = mail::TlsMode::starttls;
  starting.port = server().pop3_port();
  server().put(letter("uno"));
  const auto reader = poller(starting);
  HubDouble hub(*reader);
  hub.cycle();
  EXPECT_EQ(hub.taken.size(), 1U);
  starting.password = Secret("sbagliata");
  const auto wrong = poller(starting);
  EXPECT_THAT(problem_of(*wrong), HasSubstr("refused the sign-in"));
  EXPECT_THAT(problem_of(*wrong), HasSubstr("not tried again before"));
}

}  // namespace
}  // namespace messo::mailbox
