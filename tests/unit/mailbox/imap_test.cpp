#include <unistd.h>

#include <array>
#include <thread>

#include "mailbox_fixture.hpp"
#include "support/long_check.hpp"
#include "support/process_figures.hpp"

namespace messo::mailbox {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ImapTest : public MailboxTest {};

TEST_F(ImapTest, reads_oldest_first_byte_for_byte_and_leaves_no_trace) {
  const auto first = letter("uno", "dot\r\n.\r\n..\r\n\xC3\xA8 8 bit\r\n"), second = letter("due");
  server().put(first);
  server().put(second);
  const auto reader = poller(settings());
  HubDouble hub(*reader);
  EXPECT_FALSE(hub.cycle().more);
  EXPECT_THAT(hub.taken, ElementsAre(first, second));
  for (const auto& file : server().files()) EXPECT_EQ(file.filename().string().find(":2,"), std::string::npos) << file;
}

TEST_F(ImapTest, goes_on_where_it_was_after_a_restart_and_on_the_same_connection) {
  server().put(letter("uno"));
  auto reader = poller(settings());
  HubDouble hub(*reader);
  hub.cycle();
  server().put(letter("due"));
  EXPECT_EQ(hub.cycle().items.size(), 1U);
  reader = poller(settings());
  hub.use(*reader);
  EXPECT_THAT(hub.cycle().items, IsEmpty());
  server().put(letter("tre"));
  EXPECT_EQ(hub.cycle().items.size(), 1U);
  EXPECT_THAT(hub.taken, ElementsAre(letter("uno"), letter("due"), letter("tre")));
}

TEST_F(ImapTest, gives_pages_of_the_size_asked_for_and_repeats_what_did_not_become_durable) {
  for (int i = 0; i < 7; ++i) server().put(letter("n" + std::to_string(i)));
  const auto reader = poller(settings());
  HubDouble hub(*reader);
  EXPECT_EQ(hub.poll(30s, 3).items.size(), 3U);
  const auto again = hub.cycle(30s, 3);
  EXPECT_EQ(again.items.size(), 3U);
  EXPECT_TRUE(again.more);
  hub.drain(3);
  EXPECT_EQ(hub.taken.size(), 7U);
  EXPECT_EQ(hub.repeated, 0);
}

TEST_F(ImapTest, fetches_only_the_bodies_that_are_worth_it) {
  server().put(letter("posta", "Lettera.\r\n"));
  server().put(letter("ricevuta", "Ricevuta.\r\n", "X-Ricevuta: accettazione\r\n"));
  HeaderRule rule{{"X-Ricevuta", "X-Trasporto"},
                  [](std::string_view header) { return header.find("X-Ricevuta: ") != std::string_view::npos; }};
  const auto reader = poller(settings(), rule);
  HubDouble hub(*reader);
  EXPECT_EQ(hub.cycle().items.size(), 2U);
  EXPECT_EQ(read, 1);
  EXPECT_EQ(hub.taken.size(), 1U);
}

TEST_F(ImapTest, a_changed_uidvalidity_begins_the_folder_anew) {
  server().put(letter("uno"));
  server().put(letter("due"));
  const auto reader = poller(settings());
  HubDouble hub(*reader);
  hub.cycle();
  server().change_uidvalidity();
  server().put(letter("tre"));
  EXPECT_EQ(hub.cycle().items.size(), 3U);
  EXPECT_THAT(logged, ElementsAre("mailbox.began_anew"));
  EXPECT_THAT(hub.cycle().items, IsEmpty());
}

TEST_F(ImapTest, a_poisonous_message_stops_nothing_and_is_handed_out_again_when_asked_for) {
  server().put(letter("uno"));
  server().put(letter("veleno"));
  server().put(letter("getta"));
  server().put(letter("due"));
  const auto reader = poller(settings());
  HubDouble hub(*reader);
  const auto page = hub.cycle();
  EXPECT_THAT(hub.taken, ElementsAre(letter("uno"), letter("due")));
  ASSERT_EQ(page.items.size(), 4U);
  EXPECT_EQ(page.items[1].code, "test.poison");
  EXPECT_EQ(page.items[1].raw, letter("veleno"));
  EXPECT_EQ(page.items[2].code, "mailbox.unreadable");
  EXPECT_EQ(hub.cycle().items.size(), 2U);
  EXPECT_EQ(hub.troubled.begin()->second, 2);
}

TEST_F(ImapTest, what_vanishes_between_list_and_fetch_is_passed_over) {
  for (int i = 0; i < 6; ++i) server().put(letter("n" + std::to_string(i)));
  const auto reader = poller(settings());
  HubDouble hub(*reader);
  hub.cycle(30s, 2);
  std::filesystem::remove(server().files()[3]);
  hub.drain(2);
  EXPECT_THAT(hub.taken, ElementsAre(letter("n0"), letter("n1"), letter("n2"), letter("n4"), letter("n5")));
  EXPECT_THAT(hub.troubled, IsEmpty());
}

TEST_F(ImapTest, a_message_of_20_mb_comes_whole_and_one_too_large_fails_alone) {
  const auto large = letter("grande", [] {
    std::string body;
    while (body.size() < 20'000'000) body += "JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVuZ3RoIDMgMCBSL0ZpbHRlci9GbGF0\r\n";
    return body;
  }());
  server().put(letter("uno"));
  server().put(large);
  server().put(letter("due"));
  auto one = poller(settings());
  HubDouble hub(*one);
  hub.drain();
  ASSERT_EQ(hub.taken.size(), 3U);
  EXPECT_EQ(hub.taken[1], large);

  auto limited = settings();
  limited.max_message_bytes = 1'000'000;
  const auto small = poller(limited, {{"Subject"}, [](std::string_view) { return true; }});
  HubDouble second(*small);
  second.drain();
  EXPECT_EQ(second.taken.size(), 2U);
  ASSERT_EQ(second.codes.size(), 1U);
  EXPECT_EQ(second.codes.begin()->second, "mailbox.too_large");
}

TEST_F(ImapTest, idle_wakes_the_poll_and_the_interval_becomes_short) {
  auto with_idle = settings();
  with_idle.idle = true;
  const auto reader = poller(with_idle);
  EXPECT_EQ(reader->mailbox().every, 60s);
  HubDouble hub(*reader);
  std::thread deliverer([&] {
    test::wait_until([&] { return reader->mailbox().every == 1s; });
    server().put(letter("uno"));
  });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(hub.cycle(40s).items.size(), 1U);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
  deliverer.join();
}

TEST_F(ImapTest, without_idle_a_poll_that_finds_nothing_returns_at_once) {
  options.idle = false;
  auto with_idle = settings();
  with_idle.idle = true;
  const auto reader = poller(with_idle);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(HubDouble(*reader).cycle(40s).items, IsEmpty());
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  EXPECT_EQ(reader->mailbox().every, 60s);
}

TEST_F(ImapTest, stopping_ends_a_waiting_poll_soon) {
  auto with_idle = settings();
  with_idle.idle = true;
  const auto reader = poller(with_idle);
  std::thread stopper([&] {
    test::wait_until([&] { return reader->mailbox().every == 1s; });
    reader->stop();
  });
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(problem_of(*reader, 60s), HasSubstr("stopped"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 20s);
  stopper.join();
}

TEST_F(ImapTest, marks_as_read_only_what_is_durable_and_only_if_asked_to) {
  auto marking = settings();
  marking.after = After::seen;
  server().put(letter("uno"));
  const auto reader = poller(marking);
  HubDouble hub(*reader);
  hub.cycle();
  EXPECT_THAT(server().files().front().string(), HasSubstr(":2,S"));
  hub.ack({hub.seen.begin(), hub.seen.end()});  // repeated after a crash
  server().put(letter("due"));
  hub.cycle();
  EXPECT_EQ(hub.taken.size(), 2U);
}

class ImapMoveTest : public ImapTest, public testing::WithParamInterface<bool> {};
TEST_P(ImapMoveTest, moves_what_is_durable_into_a_folder_it_makes_and_repeats_harmlessly) {
  options.move = GetParam();
  auto moving = settings();
  moving.after = After::move;
  moving.move_to = "Elaborate";
  for (int i = 0; i < 5; ++i) server().put(letter("n" + std::to_string(i)));
  const auto reader = poller(moving);
  HubDouble hub(*reader);
  hub.drain(2);
  EXPECT_EQ(hub.taken.size(), 5U);
  EXPECT_EQ(server().files("Elaborate").size(), 5U);
  hub.ack({hub.seen.begin(), hub.seen.end()});
  EXPECT_EQ(server().files("Elaborate").size(), 5U);
  server().put(letter("nuovo"));
  hub.drain(2);
  EXPECT_EQ(hub.taken.size(), 6U);
  EXPECT_EQ(server().files("Elaborate").size(), 6U);
  if (GetParam()) {
    EXPECT_THAT(server().files(), IsEmpty());
  }
}
INSTANTIATE_TEST_SUITE_P(with_and_without_the_move_command, ImapMoveTest, testing::Bool());

TEST_F(ImapTest, removes_what_is_durable_and_nothing_else) {
  auto removing = settings();
  removing.after = After::remove;
  server().put(letter("uno"));
  server().put(letter("veleno"));
  const auto reader = poller(removing);
  HubDouble hub(*reader);
  hub.cycle();
  EXPECT_THAT(server().messages(), ElementsAre(letter("veleno")));
  hub.ack({hub.seen.begin(), hub.seen.end()});
  EXPECT_THAT(server().messages(), ElementsAre(letter("veleno")));
}

TEST_F(ImapTest, a_refused_move_is_told_and_keeps_no_receipt_waiting) {
  auto moving = settings();
  moving.after = After::move;
  moving.move_to = "INBOX/" + std::string(300, 'x');
  server().put(letter("uno"));
  const auto reader = poller(moving);
  HubDouble hub(*reader);
  hub.cycle();
  EXPECT_THAT(logged, testing::Contains("mailbox.after_refused"));
  server().put(letter("due"));
  hub.cycle();
  EXPECT_EQ(hub.taken.size(), 2U);
}

TEST_F(ImapTest, reads_another_folder_whose_name_is_not_ascii) {
  server().put(letter("uno"), "Gi&AOA- lette");
  auto elsewhere = settings();
  elsewhere.folder = "Già lette";
  const auto reader = poller(elsewhere);
  HubDouble hub(*reader);
  hub.cycle();
  EXPECT_EQ(hub.taken.size(), 1U);
  elsewhere.folder = "Nessuna";
  EXPECT_THAT(problem_of(*poller(elsewhere)), HasSubstr("check folder"));
}

TEST_F(ImapTest, survives_a_server_that_was_restarted_between_two_polls) {
  server().put(letter("uno"));
  const auto reader = poller(settings());
  HubDouble hub(*reader);
  hub.cycle();
  server().stop();
  EXPECT_THAT(problem_of(*reader), HasSubstr("cannot be reached"));
  server().start();
  hub.cycle();
  server().stop();
  server().start();
  server().put(letter("due"));
  EXPECT_EQ(hub.cycle().items.size(), 1U) << "the dead connection is replaced within the poll";
}

TEST_F(ImapTest, many_mailboxes_are_read_at_once) {
  constexpr int kBoxes = 4, kMessages = 300;
  options.users.clear();
  for (int i = 0; i < kBoxes; ++i) options.users.push_back({"u" + std::to_string(i), "segreta"});
  std::vector<std::unique_ptr<Poller>> readers;
  std::array<std::vector<std::string>, kBoxes> taken;
  for (const auto& user : options.users) {
    for (int i = 0; i < kMessages; ++i)
      server().put(letter(user.name + "n" + std::to_string(i), std::string(5'000, 'x') + "\r\n"), "INBOX", user.name);
    auto own = settings();
    own.username = user.name;
    readers.push_back(poller(own));
  }
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kBoxes; ++i) {
    threads.emplace_back([&, i] {
      HubDouble hub(*readers[i]);
      hub.drain(10);
      taken[i] = hub.taken;
    });
  }
  for (auto& thread : threads) thread.join();
  for (std::size_t i = 0; i < kBoxes; ++i) {
    ASSERT_EQ(taken[i].size(), static_cast<std::size_t>(kMessages));
    for (int n = 0; n < kMessages; ++n)
      EXPECT_THAT(taken[i][static_cast<std::size_t>(n)], HasSubstr("<u" + std::to_string(i) + "n" + std::to_string(n) + "@"));
  }
}

// A sanitizer is slow and keeps what was freed.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kBacklogSanitized = true;
#else
constexpr bool kBacklogSanitized = false;
#endif

class BacklogTest : public MailboxTest, public testing::WithParamInterface<Protocol> {};

TEST_P(BacklogTest, is_worked_off_in_bounded_memory) {
  const std::size_t messages = kBacklogSanitized ? 1'000 : test::long_check() ? 100'000 : 10'000;
  const auto receipt = letter("ricevuta", std::string(200, '=') + std::string(19'000, 'x') + "\r\n", "X-Ricevuta: avvenuta-consegna\r\n");
  server().put_many(receipt, messages);
  const auto reader =
      poller(settings(GetParam()), {{"X-Ricevuta"}, [](std::string_view header) { return header.find("X-Ricevuta") != header.npos; }});
  HubDouble hub(*reader);
  hub.acknowledges = false;
  hub.cycle(120s);
  const auto before = test::figures_of(::getpid());
  std::uint64_t most = before.anonymous_bytes;
  const auto began = std::chrono::steady_clock::now();
  for (bool more = true; more;) {
    hub.taken.clear();
    more = hub.cycle(120s).more;
    most = std::max(most, test::figures_of(::getpid()).anonymous_bytes);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const auto after = test::figures_of(::getpid());
  EXPECT_EQ(hub.seen.size(), messages);
  EXPECT_EQ(hub.repeated, 0);
  EXPECT_LT(most - before.anonymous_bytes, (kBacklogSanitized ? 1'000U : 60U) << 20) << "with the ids the stand-in for the hub remembers";
  const auto each = static_cast<double>(messages);
  RecordProperty("messages_per_second", std::to_string(static_cast<int>(each / took.count())));
  RecordProperty("microseconds_of_cpu_each", std::to_string(static_cast<int>((after.cpu_seconds - before.cpu_seconds) * 1e6 / each)));
  RecordProperty("mebibytes_more", std::to_string((most - before.anonymous_bytes) >> 20));
}
INSTANTIATE_TEST_SUITE_P(by, BacklogTest, testing::Values(Protocol::imap, Protocol::pop3),
                         [](const auto& one) { return std::string(one.param == Protocol::imap ? "imap" : "pop3"); });

}  // namespace
}  // namespace messo::mailbox
