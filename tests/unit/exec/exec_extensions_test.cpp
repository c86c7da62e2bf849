// Questions about doubts and receipts through a program: query, poll, ack and callback, answered well, badly and not at all.
#include <fcntl.h>
#include <sys/file.h>

#include "exec_story.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ExecExtensions : public ExecPlugin {
 protected:
  ExecExtensions() : lock_(::open((folder / "hangs").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) { hangs(true); }
  ~ExecExtensions() override { ::close(lock_); }
  void hangs(bool now) const { EXPECT_EQ(::flock(lock_, now ? LOCK_EX : LOCK_UN), 0); }
  std::shared_ptr<PluginProvider> begin(json more = json::object(), Isolation isolation = Isolation::none) {
    more["command"] = {kPythonProgram, std::filesystem::absolute("tests/unit/exec/extension_program.py").string(),
                       (folder / "hangs").string()};
    return running(more, isolation);
  }
  // The last outcome of a question whose reference says what to answer.
  Outcome asked(PluginProvider& port, const std::string& what) {
    const auto attempt = AttemptId::make(world.clock.now());
    const std::vector<Reference> references{{"say", what, 0}};
    EXPECT_TRUE(port.query(attempt, references)) << what;
    EXPECT_TRUE(test::wait_until([&] { return !world.listener.of(attempt).empty(); })) << what;
    return world.listener.of(attempt).empty() ? Outcome{} : world.listener.of(attempt).back();
  }
  static Result<PolledPage> poll(PluginProvider& port, const std::string& cursor, std::vector<std::string> again = {}, Millis limit = 10s) {
    return port.receipts()->poll({"INBOX", cursor, std::move(again), 100}, limit);
  }
  static Result<ReceiptCallAnswer> call(PluginProvider& port, const std::string& path, const std::string& body = {}) {
    return port.receipts()->call({"POST", path, "a=b", R"({"x-secret": "segreto"})", body, "192.0.2.7", ""}, 10s);
  }

 private:
  const int lock_;  // what hangs waits for it
};

TEST_F(ExecExtensions, what_a_program_does_not_declare_is_not_there) {
  const auto port =
      running({{"command", {kPythonProgram, example("append_to_file.py")}}, {"settings", {{"path", (folder / "lines").string()}}}});
  EXPECT_EQ(port->query(AttemptId::make(world.clock.now()), {}).error().code, "cannot_say");
  EXPECT_TRUE(port->receipts()->mailboxes(5s)->empty());
  EXPECT_EQ(call(*port, "/x")->status, 404);
}

TEST_F(ExecExtensions, a_doubt_is_answered_in_every_way) {
  const auto port = begin();
  EXPECT_EQ(world.listener.grants().at(0).messages, 7U) << "as its description says";
  EXPECT_EQ(asked(*port, "sent").code, "asked.sent");
  EXPECT_EQ(asked(*port, "pending").references.at(0).kind, "id");
  EXPECT_EQ(asked(*port, "refused").kind, OutcomeKind::refused);
  EXPECT_EQ(asked(*port, "try_later").kind, OutcomeKind::try_later);
  EXPECT_EQ(asked(*port, "unknown").kind, OutcomeKind::unknown);
  EXPECT_EQ(asked(*port, "later").code, "told.later");
  EXPECT_EQ(asked(*port, "nonsense").kind, OutcomeKind::unknown) << "read as the most careful value";
}

TEST_F(ExecExtensions, one_that_can_never_tell_says_so_to_the_next_question) {
  const auto port = begin();
  const auto attempt = AttemptId::make(world.clock.now());
  const std::vector<Reference> cannot{{"say", "cannot_say", 0}}, raises{{"say", "raises", 0}};
  ASSERT_TRUE(port->query(attempt, cannot));
  EXPECT_TRUE(test::wait_until([&] {
    const auto again = port->query(attempt, cannot);
    return !again && again.error().code == "cannot_say";
  }));
  // Whatever else goes wrong is no answer: it is asked again.
  const auto other = AttemptId::make(world.clock.now());
  ASSERT_TRUE(port->query(other, raises));
  EXPECT_TRUE(test::wait_until([&] { return world.log.count("exec.query_failed") == 1; }));
  EXPECT_TRUE(test::wait_until([&] { return bool{port->query(other, raises)}; }));
  EXPECT_TRUE(world.listener.of(attempt).empty());
  EXPECT_TRUE(world.listener.of(other).empty());
}

TEST_F(ExecExtensions, a_question_that_hangs_keeps_nobody_and_is_not_put_twice) {
  const auto port = begin({{"silence_ms", 600}});
  const auto attempt = AttemptId::make(world.clock.now());
  const std::vector<Reference> what{{"say", "hangs", 0}};
  ASSERT_TRUE(port->query(attempt, what));
  EXPECT_EQ(port->query(attempt, what).error().code, "provider_busy");
  EXPECT_TRUE(test::wait_until([&] { return world.log.count("exec.ended") >= 1; })) << "its silence ends it";
  hangs(false);
  EXPECT_TRUE(test::wait_until([&] { return bool{port->query(attempt, what)}; })) << "and the next one is asked again";
  EXPECT_TRUE(test::wait_until([&] { return !world.listener.of(attempt).empty(); }));
}

TEST_F(ExecExtensions, its_mailboxes_are_those_that_have_a_name) {
  const auto boxes = *begin()->receipts()->mailboxes(5s);
  ASSERT_EQ(boxes.size(), 4U);
  EXPECT_EQ(boxes[0].name, "INBOX");
  EXPECT_EQ(boxes[1].every, 60s);
}

TEST_F(ExecExtensions, items_come_with_their_receipts_and_one_that_is_none_fails_alone) {
  const auto port = begin();
  const auto plain = poll(*port, "5", {"old"});
  ASSERT_TRUE(plain) << plain.error().message;
  EXPECT_EQ(plain->cursor, "5+INBOX");
  EXPECT_TRUE(plain->more);
  ASSERT_EQ(plain->items.size(), 2U);
  EXPECT_EQ(plain->items[0].receipts.at(0).raw_bytes, std::string("byte\0for byte", 13));
  EXPECT_EQ(plain->items[1].id, "old");
  const auto mixed = poll(*port, "mixed");
  ASSERT_TRUE(mixed) << mixed.error().message;
  ASSERT_EQ(mixed->items.size(), 6U);
  EXPECT_FALSE(mixed->items[0].failed());
  EXPECT_EQ(mixed->items[1].code, "exec.bad_item");
  EXPECT_THAT(mixed->items[1].problem, HasSubstr("dedupe_key"));
  EXPECT_EQ(mixed->items[2].code, "extensions.corrupt");
  EXPECT_EQ(mixed->items[2].raw, "\xff\xfe");
  EXPECT_EQ(mixed->items[3].code, "exec.bad_item");
  EXPECT_EQ(mixed->items[3].raw, "bytes");
  EXPECT_FALSE(mixed->items[4].failed()) << "nothing of ours";
  EXPECT_EQ(mixed->items[5].code, "exec.bad_item");
}

TEST_F(ExecExtensions, a_poll_that_is_none_counts_for_nothing_and_the_next_one_works) {
  const auto port = begin();
  EXPECT_THAT(poll(*port, "raises").error().message, HasSubstr("cannot be reached"));
  EXPECT_THAT(poll(*port, "no_list").error().message, HasSubstr("no list `items`"));
  EXPECT_THAT(poll(*port, "no_id").error().message, HasSubstr("without an id"));
  EXPECT_EQ(poll(*port, "too_many").error().code, "page_too_large");
  EXPECT_EQ(poll(*port, "long_cursor").error().code, "poll_failed");
  const auto large = poll(*port, "large", {}, 60s);
  ASSERT_TRUE(large) << large.error().message;
  EXPECT_EQ(large->items.at(0).receipts.at(0).raw_bytes.size(), std::size_t{24} << 20) << "over the bound of base64 lines of old";
  EXPECT_TRUE(poll(*port, ""));
  EXPECT_EQ(world.log.count("exec.ended"), 0U);
}

TEST_F(ExecExtensions, a_poll_that_hangs_is_given_up_in_time) {
  const auto port = begin({{"silence_ms", 1500}});
  EXPECT_THAT(poll(*port, "hangs", {}, 300ms).error().message, HasSubstr("did not answer `poll` in time"));
  EXPECT_THAT(poll(*port, "", {}, 300ms).error().message, HasSubstr("has not answered the `poll` before"));
  hangs(false);
  EXPECT_TRUE(test::wait_until([&] { return bool{poll(*port, "")}; })) << "once it has answered";
  EXPECT_EQ(world.log.count("exec.ended"), 0U);
  hangs(true);
  EXPECT_FALSE(poll(*port, "hangs", {}, 10s)) << "its silence ends it, and the poll with it";
  EXPECT_EQ(world.log.count("exec.ended"), 1U);
  hangs(false);
  EXPECT_TRUE(test::wait_until([&] { return bool{poll(*port, "")}; })) << "the next program goes on";
}

TEST_F(ExecExtensions, what_is_durable_is_acknowledged) {
  const auto port = begin();
  const std::vector<std::string> ids{"1", "è"};
  ASSERT_TRUE(port->receipts()->ack("INBOX", ids, 5s));
  EXPECT_EQ(world.log.count("exec.acked"), 1U);
  EXPECT_EQ(world.log.lines().back().second, "INBOX:1,è");
  EXPECT_THAT(port->receipts()->ack("elsewhere", ids, 5s).error().message, HasSubstr("no mailbox of that name"));
  EXPECT_THAT(port->receipts()->ack("raises", ids, 5s).error().message, HasSubstr("the mailbox is locked"));
  EXPECT_FALSE(port->receipts()->ack("hangs", ids, 300ms));
}

TEST_F(ExecExtensions, a_call_reaches_the_program_byte_for_byte_and_its_receipts_come_back) {
  const auto port = begin();
  const auto answer = call(*port, "/", std::string("\x00\xff{", 3));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "POST?a=b:00ff7b:192.0.2.7");
  EXPECT_EQ(answer->receipts.at(0).dedupe_key, "k");
  const auto stranger = port->receipts()->call({"POST", "/", "", "{}", "", "192.0.2.7", ""}, 10s);
  ASSERT_TRUE(stranger);
  EXPECT_EQ(stranger->status, 403);
  EXPECT_TRUE(stranger->receipts.empty());
}

TEST_F(ExecExtensions, a_call_the_program_fails_on_counts_for_nothing) {
  const auto port = begin();
  EXPECT_THAT(call(*port, "/raises").error().message, HasSubstr("no such report"));
  EXPECT_THAT(call(*port, "/bad_receipt").error().message, HasSubstr("dedupe_key"));
  EXPECT_EQ(call(*port, "/no_receipts").error().code, "call_failed");
  EXPECT_EQ(call(*port, "/status")->status, 500) << "out of range";
  EXPECT_EQ(call(*port, "/")->status, 200);
}

TEST_F(ExecExtensions, while_the_program_is_away_calls_are_to_be_made_again) {
  const auto port = begin({{"silence_ms", 500}});
  const auto lost = call(*port, "/hangs");
  ASSERT_TRUE(lost) << lost.error().message;
  EXPECT_EQ(lost->status, 503) << "its silence ended it";
  hangs(false);
  EXPECT_TRUE(test::wait_until([&] { return call(*port, "/")->status == 200; }));
}

TEST_F(ExecExtensions, stopping_lets_go_of_whoever_waits) {
  const auto port = begin();
  std::thread poller([&] { EXPECT_EQ(poll(*port, "hangs").error().code, "provider_stopped"); });
  EXPECT_TRUE(test::wait_until([&] { return std::filesystem::exists(folder / "hangs.entered"); }));
  const auto begin = std::chrono::steady_clock::now();
  port->stop(200ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
  poller.join();
  EXPECT_EQ(world.log.count("MSO-2516"), 0U);
}

TEST_F(ExecExtensions, a_program_says_what_is_left_on_its_account) {
  const auto program = folder / "balance.py";
  std::ofstream(program)
      << "import sys\nsys.path.insert(0, \"" << std::filesystem::absolute("plugins/exec/examples").string()
      << "\")\nfrom messo_channel import Channel, sent\n"
      << "class Told(Channel):\n    name, channels, tells = \"told\", [\"email\"], {\"messages\": 7, \"text\": \"few\"}\n"
      << "    def send(self, message):\n        return sent()\n"
      << "    def balance(self):\n        return self.tells if sys.argv[1] == \"well\" else 1 / 0\n"
      << "Told().run()\n";
  const auto ask = [&](const char* how) {
    const auto port = running({{"command", {kPythonProgram, program.string(), how}}});
    Result<Balance> told = fail(ErrorKind::internal, "never", "");
    EXPECT_TRUE(
        test::wait_until([&] { return (told = port->balance(5s)) || told.error().message.find("not ready") == std::string::npos; }));
    return told;
  };
  const auto well = ask("well");
  ASSERT_TRUE(well) << well.error().message;
  EXPECT_EQ(well->messages, 7U);
  EXPECT_EQ(well->text, "few");
  EXPECT_EQ(ask("badly").error().code, "balance_failed");
  const auto silent =
      running({{"command", {kPythonProgram, example("append_to_file.py")}}, {"settings", {{"path", (folder / "x").string()}}}});
  EXPECT_TRUE(test::wait_until([&] { return silent->balance(5s).error().code == "no_balance"; }));
}

// The example, as its gateway sees it; inside the daemon and in a process of its own.
class ExchangeFolder : public ExecExtensions, public ::testing::WithParamInterface<Isolation> {};

TEST_P(ExchangeFolder, sends_polls_acknowledges_and_settles_doubts) {
  for (const char* name : {"OUT", "IN"}) std::filesystem::create_directory(folder / name);
  const auto port =
      running({{"command", {kPythonProgram, example("exchange_folder.py")}}, {"settings", {{"folder", folder.string()}}}}, GetParam());
  ASSERT_NE(port, nullptr);
  EXPECT_TRUE(port->probe(5s));
  const auto batch = world.messages(3);
  submit(*port, batch);
  ASSERT_TRUE(world.listener.wait_outcomes(3));
  const auto outcome = world.listener.of(batch[0].attempt).at(0);
  EXPECT_EQ(outcome.kind, OutcomeKind::pending) << outcome.private_text;
  const std::string attempt = batch[0].attempt.to_string();
  EXPECT_EQ(outcome.references.at(0).value, attempt);
  EXPECT_TRUE(std::filesystem::exists(folder / "OUT" / (attempt + ".json")));

  ASSERT_TRUE(test::wait_until([&] { return bool{port->query(batch[1].attempt, {})}; }));
  EXPECT_TRUE(test::wait_until([&] { return world.listener.of(batch[1].attempt).size() == 2; }));
  EXPECT_EQ(world.listener.of(batch[1].attempt).back().code, "exchange_folder.found");
  const auto unheard_of = AttemptId::make(world.clock.now());
  EXPECT_TRUE(test::wait_until([&] {
    const auto asked = port->query(unheard_of, {});
    return !asked && asked.error().code == "cannot_say";
  }));

  std::ofstream(folder / "IN" / "0001.json") << json{{"file", attempt}, {"state", "delivered"}, {"at_ms", 17}}.dump();
  std::ofstream(folder / "IN" / "0002.json") << "[1]";
  const auto receipts = port->receipts();
  const auto page = receipts->poll({"INBOX", "", {}, 100}, 10s);
  ASSERT_TRUE(page) << page.error().message;
  ASSERT_EQ(page->items.size(), 2U);
  EXPECT_EQ(page->items[0].receipts.at(0).references.at(0).value, attempt);
  EXPECT_EQ(page->items[1].code, "exchange_folder.unreadable");
  EXPECT_EQ(page->items[1].raw, "[1]");
  EXPECT_EQ(page->cursor, "0002.json");
  const std::vector<std::string> durable{"0001.json", "gone.json", "../OUT/" + attempt + ".json"};
  ASSERT_TRUE(receipts->ack("INBOX", durable, 10s));
  EXPECT_FALSE(std::filesystem::exists(folder / "IN" / "0001.json"));
  EXPECT_TRUE(std::filesystem::exists(folder / "OUT" / (attempt + ".json")));
  const auto next = receipts->poll({"INBOX", page->cursor, {"0002.json", "gone"}, 100}, 10s);
  ASSERT_TRUE(next);
  ASSERT_EQ(next->items.size(), 1U) << "the one that was asked for again";
  EXPECT_EQ(next->cursor, page->cursor);
}
INSTANTIATE_TEST_SUITE_P(Plugin, ExchangeFolder, ::testing::Values(Isolation::none, Isolation::process),
                         [](const auto& each) { return each.param == Isolation::none ? "inside" : "in_a_process"; });

}  // namespace
}  // namespace messo
