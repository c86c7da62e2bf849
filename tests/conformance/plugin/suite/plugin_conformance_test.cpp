// Every plugin of this repository keeps the rules of the border; and the runner finds those who do not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "peers/dovecot.hpp"
#include "peers/skebby_peer.hpp"
#include "peers/smsc_peer.hpp"
#include "peers/smtp_peer.hpp"
#include "peers/twilio_peer.hpp"
#include "plugin_checks.hpp"

namespace messo::conformance {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

fs::path build_dir() {
  const char* given = std::getenv("MESSO_BUILD_DIR");
  return given != nullptr ? given : "build";
}

class PluginConformance : public ::testing::Test {
 protected:
  PluginConformance() {
    std::string name = (fs::temp_directory_path() / "messo-conformance-XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  ~PluginConformance() override { fs::remove_all(folder); }

  // What the runner said.
  static std::string expect_conforming(const std::string& plugin, const json& config, const json& call = nullptr) {
    CheckOptions options;
    options.plugin = build_dir() / "plugins" / (plugin + ".so");
    options.config = config;
    options.messages = 100;
    options.patience = std::chrono::seconds(10);
    options.call = call;
    const auto results = check_plugin(options);
    EXPECT_TRUE(all_passed(results)) << to_text(results);
    EXPECT_GE(results.size(), 12U) << to_text(results);
    return to_text(results);
  }
  // What the runner finds wrong with an animal of tests/bad_plugins.
  static std::string failures(const std::string& animal) {
    CheckOptions options;
    options.plugin = build_dir() / "tests" / "bad_plugins" / (animal + ".so");
    options.config = json::object();
    options.messages = 5;
    options.patience = std::chrono::seconds(1);
    const auto results = check_plugin(options);
    EXPECT_FALSE(all_passed(results)) << animal;
    return to_text(results);
  }
  // The program, as an author runs it: its exit code and all it printed.
  std::pair<int, std::string> run_program(const std::string& arguments, const std::string& before = {}) const {
    const auto said = folder / "said";
    const std::string command =
        before + "timeout 120 " + (build_dir() / "bin" / "messo-plugin-check").string() + " " + arguments + " >" + said.string() + " 2>&1";
    const int status = std::system(command.c_str());
    std::ifstream in(said);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, {std::istreambuf_iterator<char>(in), {}}};
  }
  fs::path folder;
};

TEST_F(PluginConformance, of_template) { expect_conforming("template", {{"path", folder / "out"}, {"token", "geheim-12345"}}); }
TEST_F(PluginConformance, of_outbox) { expect_conforming("outbox", {{"directory", folder}}); }
TEST_F(PluginConformance, of_flaky) { expect_conforming("flaky", json::object()); }
TEST_F(PluginConformance, of_flaky_in_a_bad_mood) {
  expect_conforming(
      "flaky",
      {{"rates", {{"refused", 0.2}, {"try_later", 0.2}, {"unknown", 0.2}, {"pending", 0.2}}}, {"delay_ms", 30}, {"password", "p4ssword"}});
}
// With two mailboxes, one of them with items of every kind, a ledger to answer from, and a call as the "provider" makes it.
TEST_F(PluginConformance, of_flaky_with_receipts_and_questions) {
  const auto inbox = folder / "inbox";
  std::ofstream(inbox) << R"({"id": "1", "do": "delivered", "ref": "a"})"
                       << "\n"
                       << R"({"id": "2", "do": "corrupt"})"
                       << "\n"
                       << R"({"id": "3", "do": "nothing"})"
                       << "\n"
                       << R"({"id": "4", "do": "milestone", "milestone": "read", "ref": "b"})"
                       << "\n";
  const json config{{"mailboxes", {{{"name", "INBOX"}, {"file", inbox}}, {{"name", "vuota"}, {"file", folder / "empty"}}}},
                    {"ledger", folder / "ledger"},
                    {"password", "p4ssword"}};
  const json call{{"headers", {{"x-flaky-password", "p4ssword"}}}, {"body", {{"id", "9"}, {"do", "delivered"}, {"ref", "a"}}}};
  const auto said = expect_conforming("flaky", config, call);
  EXPECT_THAT(said, ::testing::HasSubstr("\"INBOX\": 4 items"));
  EXPECT_THAT(said, ::testing::HasSubstr("the recorded call: 1 receipts, answered 200"));
  EXPECT_THAT(said, ::testing::HasSubstr("asked about a message that was sent: sent"));
  EXPECT_THAT(said, ::testing::HasSubstr("asked about a message that never was: try_later"));
}
TEST_F(PluginConformance, of_exec_with_a_program_that_has_receipts) {
  for (const char* name : {"OUT", "IN"}) fs::create_directory(folder / name);
  std::ofstream(folder / "IN" / "1.json") << R"({"file": "a", "state": "delivered", "at_ms": 1})";
  std::ofstream(folder / "IN" / "2.json") << "broken";
  const auto said = expect_conforming("exec", {{"command", {"/usr/bin/python3", fs::absolute("plugins/exec/examples/exchange_folder.py")}},
                                               {"settings", {{"folder", folder}}}});
  EXPECT_THAT(said, ::testing::HasSubstr("\"INBOX\": 2 items"));
  EXPECT_THAT(said, ::testing::HasSubstr("asked about a message that was pending: pending"));
}
TEST_F(PluginConformance, of_exec_with_a_program) {
  expect_conforming("exec", {{"command", {"/usr/bin/python3", fs::absolute("plugins/exec/examples/append_to_file.py")}},
                             {"settings", {{"path", folder / "lines"}}}});
}
TEST_F(PluginConformance, of_smtp_with_a_server) {
  peers::SmtpPeer server;
  expect_conforming("smtp", {{"host", "127.0.0.1"}, {"port", server.port()}, {"tls", "none"}});
}
TEST_F(PluginConformance, of_smtp_with_a_server_that_refuses_and_drops) {
  peers::SmtpPeer server;
  server.add("rcpt=reply:550 5.1.1 <prova@comune.example.it> no such user*20+5");
  server.add("final=drop+40");
  expect_conforming("smtp", {{"host", "127.0.0.1"}, {"port", server.port()}, {"tls", "none"}});
}

// With a call that Twilio's documentation would sign so, and one that a gateway without signatures makes.
TEST_F(PluginConformance, of_sms_http_with_a_gateway) {
  peers::TwilioPeer gateway("tests/data/sms/twilio.messages.subset.json");
  peers::TwilioPeer::Sent message;
  message.sid = "SM00000000000000000000000000000001";
  message.callback = "https://hub.example.it/v1/callbacks/abc";
  const auto made = peers::TwilioPeer::call(message, "delivered");
  const auto said = expect_conforming("sms_http",
                                      {{"gateway", "twilio"},
                                       {"account", peers::TwilioPeer::kAccount},
                                       {"password", peers::TwilioPeer::kToken},
                                       {"base_url", gateway.base_url()},
                                       {"callback_url", message.callback}},
                                      {{"headers", {{"x-twilio-signature", made.signature}}}, {"body", made.body}, {"url", made.url}});
  EXPECT_THAT(said, ::testing::HasSubstr("the recorded call: 1 receipts, answered 204"));
}
TEST_F(PluginConformance, of_sms_http_with_a_gateway_that_refuses_and_drops) {
  peers::SkebbyPeer gateway;
  for (int i = 0; i < 20; ++i) {
    gateway.next({.then = peers::PeerReply::Then::close});
    gateway.next({.status = 400, .body = "{}"});
    gateway.next({.status = 500});
  }
  expect_conforming("sms_http",
                    {{"gateway", "skebby"},
                     {"account", peers::SkebbyPeer::kUser},
                     {"password", peers::SkebbyPeer::kPassword},
                     {"callback_secret", "segreto"},
                     {"base_url", gateway.base_url()}},
                    {{"query", "messo=segreto&order_id=a&status=DLVRD"}});
}

TEST_F(PluginConformance, of_pec_with_a_provider) {
  if (const auto why = peers::Dovecot::missing()) GTEST_SKIP() << *why;
  if (!fs::exists(build_dir() / "plugins/pec.so")) GTEST_SKIP() << "built without GMime";
  peers::DovecotOptions boxes;
  boxes.users = {{"ufficio@comune.example.it", "una parola segreta"}};
  peers::Dovecot mailbox(boxes);
  const auto files = mailbox.authority().issue("localhost", "DNS:localhost,IP:127.0.0.1");
  peers::SmtpPeerOptions options;
  options.tls = peers::SmtpPeerOptions::Tls::implicit;
  options.certificate_file = files.certificate;
  options.key_file = files.key;
  options.username = boxes.users[0].name;
  options.password = boxes.users[0].password;
  peers::SmtpPeer server(options);
  expect_conforming("pec", {{"from", "ufficio@comune.example.it"},
                            {"password", boxes.users[0].password},
                            {"host", "localhost"},
                            {"port", server.port()},
                            {"ca_file", mailbox.ca_file()},
                            {"roots", mailbox.ca_file()},
                            {"mailbox", {{"host", "localhost"}, {"port", mailbox.imaps_port()}, {"idle", false}}}});
}

json smpp_config(const peers::SmscPeer& smsc) {
  return {{"host", "127.0.0.1"}, {"port", smsc.port()}, {"system_id", "messo"}, {"password", "segreta1"}, {"sender", "Comune"}};
}
TEST_F(PluginConformance, of_smpp_with_an_smsc) {
  const peers::SmscPeer smsc;
  expect_conforming("smpp", smpp_config(smsc));
}
TEST_F(PluginConformance, of_smpp_with_an_smsc_that_throttles_and_is_slow) {
  peers::SmscPeerOptions options;
  options.throttle_every = 60;
  options.response_delay = std::chrono::milliseconds(20);
  const peers::SmscPeer smsc(options);
  auto config = smpp_config(smsc);
  config["binds"] = 2;
  expect_conforming("smpp", config);
}
TEST_F(PluginConformance, of_smpp_with_an_smsc_that_refuses_the_password) {
  peers::SmscPeerOptions options;
  options.password = "un'altra";
  const peers::SmscPeer smsc(options);
  expect_conforming("smpp", smpp_config(smsc));
}

TEST_F(PluginConformance, finds_a_second_answer) { EXPECT_THAT(failures("answers_twice"), ::testing::HasSubstr("second outcome")); }
TEST_F(PluginConformance, finds_answers_for_foreign_messages) {
  EXPECT_THAT(failures("foreign_token"), ::testing::HasSubstr("never submitted"));
}
TEST_F(PluginConformance, finds_undefined_values) {
  EXPECT_THAT(failures("garbage_outcome"), ::testing::HasSubstr("kind 99 is not defined"));
}
TEST_F(PluginConformance, finds_absurd_grants) { EXPECT_THAT(failures("absurd_credits"), ::testing::HasSubstr("more than 100,000")); }
TEST_F(PluginConformance, tells_what_to_do_about_a_failed_rule) {
  EXPECT_THAT(failures("answers_twice"), ::testing::HasSubstr("remedy: call host().outcome() exactly once"));
}
TEST_F(PluginConformance, finds_silence) { EXPECT_THAT(failures("never_answers"), ::testing::HasSubstr("no outcome")); }
TEST_F(PluginConformance, finds_what_cannot_be_loaded) {
  EXPECT_THAT(failures("wrong_major"), ::testing::HasSubstr("messo_channel_entry_v7"));
}

TEST_F(PluginConformance, finds_items_that_are_marked_before_they_are_durable) {
  EXPECT_THAT(failures("marks_at_poll"), ::testing::HasSubstr("not handed out again although nothing was acknowledged"));
}
TEST_F(PluginConformance, finds_pages_over_their_limit) {
  const auto said = failures("overfills_poll");
  EXPECT_THAT(said, ::testing::HasSubstr("more items than the limit"));
  EXPECT_THAT(said, ::testing::HasSubstr("goes on with items after the hub had no room"));
  EXPECT_THAT(said, ::testing::HasSubstr("the same id"));
  EXPECT_THAT(said, ::testing::HasSubstr("has no id"));
  EXPECT_THAT(said, ::testing::HasSubstr("done() exactly once"));
  EXPECT_THAT(said, ::testing::HasSubstr("a mailbox it never named"));
}
TEST_F(PluginConformance, finds_acknowledgements_that_fail_after_a_crash) {
  const auto said = failures("forgets_what_is_gone");
  EXPECT_THAT(said, ::testing::HasSubstr("asked for again: leave it out. It said: there is no such item"));
  EXPECT_THAT(said, ::testing::HasSubstr("ack() of items that are gone failed"));
}
TEST_F(PluginConformance, finds_calls_that_anybody_could_have_made) {
  const auto said = failures("believes_any_call");
  EXPECT_THAT(said, ::testing::HasSubstr("an empty call: it made a receipt of it"));
  EXPECT_THAT(said, ::testing::HasSubstr("the status 99 is none"));
  EXPECT_THAT(said, ::testing::HasSubstr("remedy: check signature or secret first"));
}
TEST_F(PluginConformance, finds_untrue_answers_to_questions) {
  const auto lies = failures("lies_when_asked");
  EXPECT_THAT(lies, ::testing::HasSubstr("a lost one would count as sent"));
  EXPECT_THAT(lies, ::testing::HasSubstr("a question about an attempt got a second answer"));
  EXPECT_THAT(lies, ::testing::HasSubstr("query() returned 17"));
  const auto denies = failures("resends_what_was_sent");
  EXPECT_THAT(denies, ::testing::HasSubstr("the hub would send it twice"));
  EXPECT_THAT(denies, ::testing::HasSubstr("query() kept the hub for"));
}
TEST_F(PluginConformance, names_the_check_a_plugin_crashed_in) {
  const auto [code, said] = run_program((build_dir() / "tests/bad_plugins/crashes_on_a_call.so").string() + " --messages 1 --patience 1");
  EXPECT_EQ(code, 1);
  EXPECT_THAT(said, ::testing::HasSubstr("CRASHED in the check \"callback\""));
}

// What the runner says of each animal of the zoo, as a regular expression; of two faults the one that came first. That all share one host
// for their instances is found too.
const std::map<std::string, std::string>& zoo() {
  static const std::map<std::string, std::string> all{{"absurd_credits", "more than 100,000"},
                                                      {"allocates_without_bound", "submit.. had not returned|submit.. threw|CRASHED"},
                                                      {"answers_late", "got no outcome"},
                                                      {"answers_twice", "second outcome"},
                                                      {"believes_any_call", "made a receipt of it"},
                                                      {"blocks_in_stop", "stop.5 s. had not returned"},
                                                      {"blocks_in_submit", "submit.. had not returned"},
                                                      {"busy_but_answers", "within its grant returned -2"},
                                                      {"calls_after_stop", "after stop.. had returned|second outcome"},
                                                      {"corrupt_references", "a reference is empty or too long"},
                                                      {"corrupt_schema", "FAILED load"},
                                                      {"counts_segments_by_division", "takes 3 segments, it says 2"},
                                                      {"crashes_in_submit", "9 of 10 messages got no outcome"},
                                                      {"crashes_on_a_call", "CRASHED in the check \"callback\""},
                                                      {"floods_log", "it wrote 1000 log lines"},
                                                      {"foreign_token", "never submitted"},
                                                      {"forgets_what_is_gone", "leave it out"},
                                                      {"garbage_outcome", "outcome kind 99"},
                                                      {"keeps_what_is_not_its_own", "keeps a message as sent of an attempt that has its"},
                                                      {"lies_when_asked", "a lost one would count as sent"},
                                                      {"long_flow", "got no outcome"},
                                                      {"marks_at_poll", "not handed out again"},
                                                      {"never_answers", "got no outcome"},
                                                      {"no_batch", "FAILED load"},
                                                      {"no_channels", "FAILED load"},
                                                      {"no_entry", "FAILED load"},
                                                      {"no_functions", "FAILED load"},
                                                      {"null_table", "FAILED load"},
                                                      {"open_schema", "FAILED load"},
                                                      {"overfills_poll", "more items than the limit"},
                                                      {"overflows_error", "start.. failed: !!!"},
                                                      {"refuses_silently", "without saying why"},
                                                      {"resends_what_was_sent", "the hub would send it twice"},
                                                      {"short_struct", "FAILED load"},
                                                      {"throws_in_create", "an exception came across the border"},
                                                      {"throws_in_entry", "FAILED load"},
                                                      {"throws_in_submit", "submit.. threw"},
                                                      {"wrong_major", "messo_channel_entry_v7"},
                                                      {"wrong_name", "FAILED load"}};
  return all;
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#else
constexpr bool kSanitized = false;
#endif

class ZooConformance : public PluginConformance, public ::testing::WithParamInterface<std::pair<const std::string, std::string>> {};

TEST_P(ZooConformance, is_found) {
  const auto& [animal, finding] = GetParam();
  const bool greedy = animal == "allocates_without_bound";
  if (greedy && kSanitized) GTEST_SKIP() << "a sanitizer needs the address space itself";
  const std::string limit = greedy ? "prlimit --as=1500000000 " : "";
  const auto [code, said] =
      run_program((build_dir() / "tests/bad_plugins" / (animal + ".so")).string() + " --messages 5 --patience 1", limit);
  EXPECT_EQ(code, 1) << said;
  EXPECT_THAT(said, ::testing::ContainsRegex(finding)) << said;
}
INSTANTIATE_TEST_SUITE_P(Animal, ZooConformance, ::testing::ValuesIn(zoo()), [](const auto& each) { return each.param.first; });

TEST(Zoo, is_known_to_the_test_of_the_runner) {
  for (const auto& entry : fs::directory_iterator("tests/bad_plugins")) {
    if (entry.path().extension() != ".cpp") continue;
    EXPECT_TRUE(zoo().contains(entry.path().stem())) << entry.path();
  }
}

}  // namespace
}  // namespace messo::conformance
