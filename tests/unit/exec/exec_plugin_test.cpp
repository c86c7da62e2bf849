// The exec channel with real programs: examples that work, and programs that break every rule.
#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exec_story.hpp"

namespace messo {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

bool program_works(const std::string& command) { return std::system((command + " >/dev/null 2>&1").c_str()) == 0; }

std::string node() {
  for (const char* path : {"/usr/bin/node", "/usr/local/bin/node"}) {
    if (::access(path, X_OK) == 0) return path;
  }
  return {};
}

TEST_F(ExecPlugin, a_channel_in_python_sends) {
  expect_sends_with_attachment(
      {{"command", {kPythonProgram, example("append_to_file.py")}}, {"settings", {{"path", (folder / "lines").string()}}}});
}
TEST_F(ExecPlugin, a_channel_in_node_sends) {
  ASSERT_NE(node(), "") << "packaging/install-deps test installs it";
  expect_sends_with_attachment(
      {{"command", {node(), example("append_to_file.mjs")}}, {"settings", {{"path", (folder / "lines").string()}}}});
}
TEST_F(ExecPlugin, a_channel_in_python_sends_from_a_process_of_its_own) {
  expect_sends_with_attachment(
      {{"command", {kPythonProgram, example("append_to_file.py")}}, {"settings", {{"path", (folder / "lines").string()}}}},
      Isolation::process);
}

// A service that takes what Apprise posts, once.
class OnePost {
 public:
  OnePost() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(socket_, 4);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~OnePost() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  std::uint16_t port = 0;
  Guarded<std::string> got;

 private:
  void serve() {
    const int peer = ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) return;
    std::string request;
    char chunk[4096];
    while (request.find("\r\n\r\n") == std::string::npos || request.size() - request.find("\r\n\r\n") - 4 < length_of(request)) {
      const auto count = ::read(peer, chunk, sizeof chunk);
      if (count <= 0) break;
      request.append(chunk, static_cast<std::size_t>(count));
    }
    got.with([&](auto& kept) { kept = request; });
    constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    [[maybe_unused]] const auto written = ::write(peer, kAnswer.data(), kAnswer.size());
    ::close(peer);
  }
  static std::size_t length_of(const std::string& head) {
    const auto at = head.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::strtoul(head.c_str() + at + 16, nullptr, 10);
  }
  int socket_;
  std::thread thread_;
};

TEST_F(ExecPlugin, sends_through_apprise) {
  ASSERT_TRUE(program_works("/usr/bin/python3 -c 'import apprise'")) << "packaging/install-deps test installs it";
  OnePost service;
  const auto port = running({{"command", {kPythonProgram, example("send_with_apprise.py")}},
                             {"secrets", {{"url", "json://127.0.0.1:" + std::to_string(service.port) + "/hook"}}}});
  ASSERT_NE(port, nullptr);
  const auto outcome = outcome_of(*port);
  EXPECT_EQ(outcome.kind, OutcomeKind::sent) << outcome.code << outcome.private_text;
  EXPECT_THAT(service.got.copy(), HasSubstr("POST /hook"));
  EXPECT_THAT(service.got.copy(), HasSubstr("Avvio del procedimento"));
  EXPECT_THAT(start({{"command", {kPythonProgram, example("send_with_apprise.py")}}, {"secrets", {{"url", "nothing"}}}}).error().message,
              HasSubstr("none that Apprise knows"));
}

TEST_F(ExecPlugin, a_wrong_command_or_setting_is_told_by_name) {
  EXPECT_THAT(start({{"command", {"python3"}}}).error().message, HasSubstr("command: must begin with an absolute path"));
  EXPECT_THAT(start({{"command", {"/nowhere/python3"}}}).error().message, HasSubstr("command: /nowhere/python3 cannot be run"));
  EXPECT_THAT(start({{"command", {kPythonProgram, example("append_to_file.py")}}}).error().message, HasSubstr("path"));
  EXPECT_THAT(start({{"command", {kPythonProgram, example("append_to_file.py")}}, {"settings", {{"path", "x"}}}}).error().message,
              HasSubstr("settings.path: must be absolute"));
  EXPECT_THAT(
      start({{"command", {kPythonProgram, example("append_to_file.py")}}, {"settings", {{"path", "/x"}, {"paht", 1}}}}).error().message,
      HasSubstr("paht"));
  EXPECT_EQ(start(bad("refuses")).error().message, "settings.path: must be absolute");
}

TEST_F(ExecPlugin, a_program_that_cannot_start_refuses_the_provider) {
  EXPECT_THAT(start(bad("dies_at_start")).error().message, HasSubstr("exit status 3"));
  EXPECT_THAT(start(bad("never_ready", {{"startup_ms", 300}})).error().message, HasSubstr("was not ready within"));
  EXPECT_THAT(start(bad("no_description")).error().message, HasSubstr("lacks name or channels"));
}

TEST_F(ExecPlugin, a_program_that_dies_leaves_its_message_in_doubt_and_is_started_again) {
  for (const char* mode : {"crashes", "killed"}) {
    const auto port = running(bad(mode));
    EXPECT_EQ(outcome_of(*port).kind, OutcomeKind::unknown) << mode;
    EXPECT_THAT(world.listener.grants().back().reason, HasSubstr(std::string_view(mode) == "killed" ? "signal 9" : "exit status 7"));
    expect_restarted();
  }
}
TEST_F(ExecPlugin, what_was_answered_before_the_end_counts) {
  const auto port = running(bad("crashes_after_answer"));
  EXPECT_EQ(outcome_of(*port).kind, OutcomeKind::sent);
}
TEST_F(ExecPlugin, a_program_that_hangs_is_ended_after_its_silence) {
  const auto port = running(bad("hangs", {{"silence_ms", 300}}));
  EXPECT_EQ(outcome_of(*port).kind, OutcomeKind::unknown);
  EXPECT_THAT(world.log.lines().back().second, HasSubstr("has said nothing"));
  expect_restarted();
}
TEST_F(ExecPlugin, garbage_is_forgiven_a_little_and_no_further) {
  const auto port = running(bad("some_garbage"));
  EXPECT_EQ(outcome_of(*port).kind, OutcomeKind::sent);
  EXPECT_EQ(world.log.count("exec.garbage"), 1U);
  EXPECT_EQ(world.log.count("exec.ended"), 0U);
  const auto worse = running(bad("garbage"));
  EXPECT_EQ(outcome_of(*worse).kind, OutcomeKind::unknown);
  expect_restarted();
}
TEST_F(ExecPlugin, a_line_without_end_is_bounded) {
  const auto port = running(bad("huge_line"));
  EXPECT_EQ(outcome_of(*port).kind, OutcomeKind::unknown);
  EXPECT_THAT(world.listener.grants().back().reason, HasSubstr("over 64 MiB"));
  expect_restarted();
}
TEST_F(ExecPlugin, a_line_that_would_cost_more_than_it_says_is_not_read) {
  for (const char* mode : {"deep", "many_values"}) {
    const auto port = running(bad(mode));
    EXPECT_EQ(outcome_of(*port).kind, OutcomeKind::unknown) << mode;
    EXPECT_THAT(world.listener.grants().back().reason, HasSubstr("too many values, or too deep"));
    expect_restarted();
  }
}
TEST_F(ExecPlugin, an_extension_nobody_knows_is_named) {
  const auto port = running(bad("strange_extensions"));
  EXPECT_EQ(outcome_of(*port).kind, OutcomeKind::sent);
  EXPECT_EQ(world.log.count("exec.unknown_extension"), 1U);
  EXPECT_EQ(world.log.count("exec.no_mailboxes"), 1U);
  EXPECT_TRUE(port->receipts()->mailboxes(5s)->empty());
}
TEST_F(ExecPlugin, a_second_answer_comes_after_the_first_and_a_foreign_one_never) {
  const auto twice = running(bad("twice"));
  EXPECT_EQ(outcome_of(*twice).kind, OutcomeKind::sent);
  EXPECT_TRUE(test::wait_until([&] { return world.log.count("MSO-2506") == 1; }));
  const auto foreign = running(bad("foreign"));
  const auto before = world.listener.outcomes().size();
  EXPECT_EQ(outcome_of(*foreign).kind, OutcomeKind::sent);
  EXPECT_EQ(world.log.count("MSO-2507"), 1U);
  EXPECT_EQ(world.log.count("exec.bad_outcome"), 1U);
  EXPECT_EQ(world.log.count("exec.foreign_answer"), 2U);
  EXPECT_EQ(world.listener.outcomes().size(), before + 1);
}
TEST_F(ExecPlugin, an_error_for_a_message_gives_it_back_untouched) {
  const auto port = running(bad("fails"));
  const auto outcome = outcome_of(*port);
  EXPECT_EQ(outcome.kind, OutcomeKind::try_later);
  EXPECT_TRUE(outcome.throttled);
}
TEST_F(ExecPlugin, undefined_values_are_read_as_the_most_careful_ones) {
  const auto port = running(bad("strange_values"));
  const auto outcome = outcome_of(*port);
  EXPECT_EQ(outcome.kind, OutcomeKind::unknown);
  EXPECT_EQ(outcome.scope, OutcomeScope::message);
  EXPECT_TRUE(outcome.references.empty());
  const auto calls = running(bad("strange_calls"));
  EXPECT_EQ(outcome_of(*calls).kind, OutcomeKind::sent);
  EXPECT_TRUE(world.listener.receipts().empty());
  EXPECT_EQ(world.log.count("exec.ended"), 0U);
}
TEST_F(ExecPlugin, a_flood_of_log_lines_is_cut_short) {
  const auto port = running(bad("flood"));
  EXPECT_EQ(outcome_of(*port).kind, OutcomeKind::sent);
  EXPECT_EQ(world.log.count("exec.flood"), 200U);
}
TEST_F(ExecPlugin, receipts_are_kept_before_they_are_acknowledged) {
  const auto port = running(bad("receipt"));
  EXPECT_EQ(outcome_of(*port).kind, OutcomeKind::pending);
  ASSERT_TRUE(world.listener.wait_receipts(1));
  EXPECT_EQ(world.listener.receipts()[0].kind, ReceiptKind::delivered);
}
TEST_F(ExecPlugin, an_unwell_account_says_why) {
  const auto port = running(bad("unwell"));
  EXPECT_THAT(port->probe(5s).error().message, HasSubstr("settings.token: is over"));
}
TEST_F(ExecPlugin, memory_without_bound_ends_the_program_alone) {
  if (test::kSanitized) GTEST_SKIP() << "a sanitizer needs the address space itself";
  const auto port = running(bad("memory", {{"memory_mb", 200}}));
  EXPECT_EQ(outcome_of(*port).kind, OutcomeKind::unknown);
  expect_restarted();
}
TEST_F(ExecPlugin, a_program_that_does_not_stop_is_killed_in_time) {
  const auto port = running(bad("ignores_stop"));
  const auto begin = std::chrono::steady_clock::now();
  port->stop(200ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s);
  EXPECT_EQ(world.log.count("MSO-2516"), 0U);
}

}  // namespace
}  // namespace messo
