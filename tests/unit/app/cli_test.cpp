// Commands against a daemon that answers what the test says: what is asked, what is printed, how it ends.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "app/cli/commands.hpp"
#include "app/cli/notification_view.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ScriptedClient final : public ApiClient {
 public:
  struct Script {
    std::map<std::string, json> answers;       // "GET /path" -> body
    std::map<std::string, std::string> texts;  // the same, for what is no JSON
    std::vector<std::string> asked;            // with query
    std::vector<json> bodies;
    std::optional<Error> failure;
  };
  explicit ScriptedClient(Script& script) : script_(script) {}
  std::string where() const override { return "unix:test"; }
  Result<ApiAnswer> call(const ApiRequest& request) override {
    std::string line = request.method + ' ' + request.path;
    const std::string key = line;
    for (const auto& [name, value] : request.query) {
      if (!value.empty()) line += ' ' + name + '=' + value;
    }
    script_.asked.push_back(line);
    script_.bodies.push_back(request.body);
    if (script_.failure) return fail(Error(*script_.failure));
    if (const auto text = script_.texts.find(key); text != script_.texts.end()) return ApiAnswer{200, nullptr, text->second};
    const auto at = script_.answers.find(key);
    if (at == script_.answers.end()) return fail(ErrorKind::not_found, "no_such_path", "nothing here");
    return ApiAnswer{200, at->second, at->second.dump()};
  }

 private:
  Script& script_;
};

class Cli : public ::testing::Test {
 protected:
  int run(std::vector<const char*> arguments) {
    out.str("");
    err.str("");
    Session session(out, err);
    session.client = std::make_unique<ScriptedClient>(script);
    arguments.insert(arguments.begin(), "messo");
    return run_messo(static_cast<int>(arguments.size()), arguments.data(), session);
  }
  ScriptedClient::Script script;
  std::ostringstream out, err;
};

TEST_F(Cli, a_word_that_is_no_command_is_answered_with_the_nearest_one) {
  EXPECT_EQ(run({"statu", "x"}), 2);
  EXPECT_THAT(err.str(), ::testing::HasSubstr("there is no command \"statu\"; did you mean \"status\"? `messo --help` lists them."));
  EXPECT_EQ(run({"doubt", "lst"}), 2);
  EXPECT_THAT(err.str(), ::testing::HasSubstr("did you mean \"list\"? `messo doubt --help` lists them."));
  EXPECT_EQ(run({}), 2);
  EXPECT_THAT(err.str(), ::testing::HasSubstr("subcommand"));
}

TEST_F(Cli, aliases_of_sms_are_listed_entered_and_taken_out) {
  const json one = {{"organisation", "comune"}, {"alias", "Comune"}, {"state", "pending"}, {"note", "da maggio"}};
  script.answers["GET /v1/admin/sms-senders"] = {{"items", {one}}};
  script.answers["POST /v1/admin/sms-senders"] = one;
  script.answers["DELETE /v1/admin/sms-senders"] = one;
  EXPECT_EQ(run({"sms", "sender", "list", "--organisation", "comune"}), kOk);
  EXPECT_EQ(script.asked.back(), "GET /v1/admin/sms-senders organisation=comune");
  EXPECT_THAT(out.str(), HasSubstr("comune        Comune  pending  da maggio"));
  EXPECT_EQ(run({"sms", "sender", "set", "Comune", "--organisation", "comune", "--state", "pending", "--note", "da maggio"}), kOk);
  EXPECT_EQ(script.bodies.back(), one);
  EXPECT_THAT(out.str(), HasSubstr("are refused until it is registered"));
  EXPECT_EQ(run({"sms", "sender", "remove", "Comune", "--organisation", "comune"}), kOk);
  EXPECT_EQ(script.asked.back(), "DELETE /v1/admin/sms-senders organisation=comune alias=Comune");
  EXPECT_EQ(run({"sms", "sender", "set"}), kUsage);
}

TEST_F(Cli, organisations_are_listed_with_the_region_they_are_in) {
  script.answers["GET /v1/admin/organisations"] = {
      {"items", {{{"key", "comune"}, {"name", "Comune"}, {"region", "SM"}, {"region_inherited", true}, {"weight", 2}}}}};
  EXPECT_EQ(run({"organisation", "list"}), kOk);
  EXPECT_THAT(out.str(), HasSubstr("comune  Comune  SM (inherited)  2       in use"));
}

TEST_F(Cli, wrong_usage_ends_with_2_and_help_with_0) {
  EXPECT_EQ(run({}), kUsage);
  EXPECT_EQ(run({"frobnicate"}), kUsage);
  EXPECT_EQ(run({"send", "--mode", "dry"}), kUsage);
  EXPECT_EQ(run({"key", "create"}), kUsage);
  EXPECT_EQ(run({"--help"}), kOk);
  EXPECT_THAT(out.str(), HasSubstr("apply"));
  EXPECT_THAT(out.str(), HasSubstr("Exit codes"));
}

TEST_F(Cli, a_daemon_that_does_not_answer_ends_with_3) {
  script.failure = Error{ErrorKind::unavailable, "daemon_unreachable", "no daemon: start messod", {}, {}, {}};
  EXPECT_EQ(run({"status"}), kUnreachable);
  EXPECT_EQ(err.str(), "messo: no daemon: start messod\n");
  EXPECT_EQ(run({"doctor"}), kUnreachable);
  EXPECT_THAT(out.str(), HasSubstr("BAD   the daemon does not answer\n      -> no daemon: start messod"));
}

TEST_F(Cli, a_problem_is_told_with_every_wrong_field) {
  script.answers["GET /v1/admin/services"] = {{"items", {{{"organisation", "comune"}, {"key", "sportello"}, {"retired", false}}}}};
  script.failure = Error{ErrorKind::invalid,
                         "validation",
                         "The job is not right.",
                         {},
                         {{"/data/ora", "is missing"}, {"/recipient/email", "is no address"}},
                         {}};
  EXPECT_EQ(run({"send", "-t", "x", "--email", "a", "--service", "c/s"}), kFailure);
  EXPECT_EQ(err.str(), "messo: The job is not right.\n  /data/ora: is missing\n  /recipient/email: is no address\n");
}

TEST_F(Cli, send_builds_the_job_from_flags_and_finds_the_only_service) {
  script.answers["GET /v1/admin/services"] = {{"items",
                                               {{{"organisation", "comune"}, {"key", "sportello"}, {"retired", false}},
                                                {{"organisation", "comune"}, {"key", "vecchio"}, {"retired", true}}}}};
  script.answers["POST /v1/notifications"] = {{"id", "0190-x"}, {"status", "queued"}};
  EXPECT_EQ(run({"send", "-t", "promemoria", "--email", "m@example.it", "--name", "Mario Rossi", "-d", "ora=10:00", "-d", "posti=2",
                 "--label", "anno=2026", "--reference", "P-1"}),
            kOk);
  EXPECT_THAT(script.asked, ElementsAre("GET /v1/admin/services", "POST /v1/notifications service=comune/sportello"));
  EXPECT_EQ(script.bodies.back(), json::parse(R"({"template":"promemoria","recipient":{"email":"m@example.it","name":"Mario Rossi"},
      "data":{"ora":"10:00","posti":2},"labels":{"anno":"2026"},"reference":"P-1"})"));
  EXPECT_EQ(out.str(), "0190-x  queued\nFollow it with: messo status 0190-x\n");
}

TEST_F(Cli, send_asks_which_service_when_there_are_several) {
  script.answers["GET /v1/admin/services"] = {{"items", {{{"organisation", "a"}, {"key", "s"}}, {{"organisation", "b"}, {"key", "t"}}}}};
  EXPECT_EQ(run({"send", "-t", "x"}), kFailure);
  EXPECT_EQ(err.str(), "messo: which service? Give --service, one of: a/s, b/t\n");
}

TEST_F(Cli, waiting_shows_the_timeline_and_fails_when_it_ended_badly) {
  script.answers["POST /v1/notifications"] = {{"id", "n1"}, {"status", "queued"}};
  script.answers["GET /v1/notifications/n1"] = {
      {"id", "n1"},
      {"status", "refused"},
      {"timeline",
       {{{"sequence", 1}, {"kind", "accepted"}, {"status", "queued"}, {"at", "2026-11-22T10:00:00.000Z"}},
        {{"sequence", 2},
         {"kind", "outcome"},
         {"status", "refused"},
         {"at", "2026-11-22T10:00:01.000Z"},
         {"details", {{"reason", "smtp.550-5.1.1"}}}}}}};
  EXPECT_EQ(run({"send", "-t", "x", "--service", "a/s", "--wait"}), kFailure);
  EXPECT_THAT(out.str(), HasSubstr("accepted         queued"));
  EXPECT_THAT(out.str(), HasSubstr("outcome          refused          reason=smtp.550-5.1.1"));
  EXPECT_THAT(out.str(), HasSubstr("refused: never left"));
}

TEST_F(Cli, erasing_wants_a_clear_word_and_every_address) {
  script.answers["GET /v1/admin/organisations"] = {{"items", {{{"key", "comune"}}}}};
  script.answers["POST /v1/admin/erasures"] = {{"organisation", "comune"}, {"erased", 3}, {"cancelled", 1}, {"left", 2}};
  EXPECT_EQ(run({"erase", "--yes"}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("Give every address the person has"));
  EXPECT_EQ(run({"erase", "--email", "anna@example.it", "--json"}), kFailure);
  EXPECT_EQ(err.str(), "messo: what is erased cannot be had back: say so with --yes\n");
  EXPECT_THAT(script.asked, Not(::testing::Contains("POST /v1/admin/erasures")));
  EXPECT_EQ(run({"erase", "--email", "anna@example.it", "--phone", "333 1234567", "-f", R"({"pec": "anna@pec.example.it"})", "-y"}), kOk);
  EXPECT_EQ(script.bodies.back(), json::parse(R"({"organisation": "comune",
      "recipient": {"email": "anna@example.it", "pec": "anna@pec.example.it", "phone": "333 1234567"}})"));
  EXPECT_EQ(out.str(),
            "Erased: 3 notifications, 1 of them cancelled before they left.\n"
            "Left: 2, on their way or legal notices that have not left. Repeat it when they have ended.\n");
}

TEST_F(Cli, excluded_addresses_are_listed_added_and_removed_by_id_or_address) {
  script.answers["GET /v1/admin/organisations"] = {{"items", {{{"key", "comune"}}}}};
  const std::string id = "0190f3c2-0000-7000-8000-000000000001";
  const json one = {{"id", id},
                    {"organisation", "comune"},
                    {"channel", "email"},
                    {"address", "anna@example.it"},
                    {"source", "refused"},
                    {"reason", "smtp.550-5.1.1"},
                    {"since", "2026-11-22T10:00:00.000Z"},
                    {"notification", "n1"}};
  script.answers["GET /v1/suppressions"] = {{"items", {one}}};
  EXPECT_EQ(run({"suppressions", "list"}), kOk);
  EXPECT_EQ(script.asked.back(), "GET /v1/suppressions limit=50");
  EXPECT_THAT(out.str(), HasSubstr("anna@example.it  refused: smtp.550-5.1.1  n1"));
  EXPECT_EQ(run({"suppressions", "list", "--address", "anna@example.it"}), kOk);
  EXPECT_EQ(script.asked.back(), "GET /v1/suppressions organisation=comune address=anna@example.it limit=50");

  script.answers["POST /v1/suppressions"] = one;  // answered with 200: it was there
  EXPECT_EQ(run({"suppressions", "add", "anna@example.it"}), kUsage) << "a reason is needed";
  EXPECT_EQ(run({"suppressions", "add", "anna@example.it", "--reason", "chiesto allo sportello"}), kOk);
  EXPECT_EQ(script.bodies.back(), json::parse(R"({"organisation":"comune","channel":"email","address":"anna@example.it",
      "reason":"chiesto allo sportello"})"));
  EXPECT_THAT(out.str(), HasSubstr("excluded already"));

  script.answers["DELETE /v1/suppressions/" + id] = one;
  EXPECT_EQ(run({"suppressions", "remove", id.c_str()}), kOk);
  EXPECT_EQ(script.asked.back(), "DELETE /v1/suppressions/" + id);
  EXPECT_EQ(run({"suppressions", "remove", "anna@example.it"}), kOk);
  EXPECT_EQ(script.asked.end()[-2], "GET /v1/suppressions organisation=comune address=anna@example.it channel=email");
  EXPECT_EQ(script.asked.back(), "DELETE /v1/suppressions/" + id);
  script.answers["GET /v1/suppressions"] = {{"items", json::array()}};
  EXPECT_EQ(run({"suppressions", "remove", "bruno@example.it"}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("this address is not excluded on this channel"));
  EXPECT_EQ(run({"suppressions", "list"}), kOk);
  EXPECT_EQ(out.str(), "No address is excluded.\n");
}

TEST_F(Cli, an_original_is_printed_or_written_as_it_is) {
  script.texts["GET /v1/admin/receipts/r1/original"] = std::string("From: posta\r\n\0\xff", 15);
  EXPECT_EQ(run({"receipts", "original", "r1"}), kOk);
  EXPECT_EQ(out.str(), std::string("From: posta\r\n\0\xff", 15));
  const auto file = std::filesystem::path(::testing::TempDir()) / ("original-" + std::to_string(::getpid()));
  EXPECT_EQ(run({"receipts", "original", "r1", "--output", file.c_str()}), kOk);
  EXPECT_THAT(out.str(), HasSubstr("15 bytes written to "));
  EXPECT_EQ(std::filesystem::file_size(file), 15U);
  std::filesystem::remove(file);
}

TEST_F(Cli, json_is_what_the_daemon_said_and_nothing_else) {
  script.answers["GET /v1/admin/status"] = {{"health", "ok"}, {"version", "9"}};
  EXPECT_EQ(run({"status", "--json"}), kOk);
  EXPECT_EQ(json::parse(out.str()), script.answers["GET /v1/admin/status"]);
}

TEST_F(Cli, a_new_key_goes_alone_to_standard_output) {
  script.answers["POST /v1/admin/keys"] = {{"secret", "messo_live_x"}};
  EXPECT_EQ(run({"key", "create", "--service", "comune/sportello", "--name", "gestionale", "--scopes", "send"}), kOk);
  EXPECT_EQ(out.str(), "messo_live_x\n");
  EXPECT_THAT(err.str(), HasSubstr("shown this once"));
  EXPECT_EQ(script.bodies.back(), json::parse(R"({"service":"comune/sportello","name":"gestionale","kind":"live","scopes":["send"]})"));
}

TEST_F(Cli, list_follows_pages_up_to_the_limit) {
  script.answers["GET /v1/notifications"] = {{"items", {{{"id", "n1"}, {"status", "sent"}}}}, {"next_cursor", "n1"}};
  EXPECT_EQ(run({"list", "--limit", "2"}), kOk);
  EXPECT_THAT(script.asked, ElementsAre("GET /v1/notifications limit=2", "GET /v1/notifications cursor=n1 limit=1"));
  EXPECT_THAT(out.str(), HasSubstr("There are more"));
}

TEST_F(Cli, usage_is_a_table_of_payers_with_what_their_budgets_leave) {
  script.answers["GET /v1/admin/usage"] = json::parse(R"({"today":"2026-11-22","today_ends":"2026-11-22T23:00:00.000Z","items":[
    {"day":"2026-11-22","kind":"organisation","payer":"comune","segments":12,"cost":"0.54","cost_budget":"1.00","cost_left":"0.46"},
    {"day":"2026-11-21","kind":"service","payer":"comune/sportello","segments":3,"cost":"0.135"}]})");
  EXPECT_EQ(run({"usage", "--days", "2", "--organisation", "comune"}), kOk);
  EXPECT_EQ(script.asked.back(), "GET /v1/admin/usage organisation=comune days=2");
  EXPECT_EQ(out.str(),
            "DAY         PAYER             SEGMENTS  EUR    LEFT\n"
            "2026-11-22  comune            12        0.54   0.46 of 1.00\n"
            "2026-11-21  comune/sportello  3         0.135\n");
  EXPECT_EQ(run({"usage", "--days", "0"}), kUsage);
  script.answers["GET /v1/admin/usage"] = {{"items", json::array()}};
  EXPECT_EQ(run({"usage"}), kOk);
  EXPECT_EQ(script.asked.back(), "GET /v1/admin/usage");
  EXPECT_THAT(out.str(), HasSubstr("nobody has a budget"));
}

TEST_F(Cli, balances_of_all_providers_are_asked_one_by_one_and_a_silent_one_is_a_line) {
  script.answers["GET /v1/admin/providers"] = json::parse(R"({"items":[{"key":"a","tells_balance":true},{"key":"b"},
    {"key":"c","tells_balance":true}]})");
  script.answers["GET /v1/admin/providers/a/balance"] = json::parse(R"({"provider":"a","amount":"12.34","currency":"EUR","messages":830})");
  EXPECT_EQ(run({"provider", "balance"}), kFailure);
  EXPECT_EQ(out.str(), "KEY  LEFT                     DETAIL\na    12.34 EUR, 830 messages\nc    ?                        nothing here\n");
  EXPECT_EQ(run({"provider", "balance", "a"}), kOk);
  EXPECT_EQ(out.str(), "12.34 EUR, 830 messages\n");
  script.answers["GET /v1/admin/providers/a/balance"] = json::parse(R"({"provider":"a","messages":7,"detail":"until March"})");
  EXPECT_EQ(run({"provider", "balance", "a"}), kOk);
  EXPECT_EQ(out.str(), "7 messages  (until March)\n");
}

class CliApply : public Cli {
 protected:
  std::string write(const std::string& toml) {
    std::string name = "/tmp/messo-apply-XXXXXX";
    const int fd = ::mkstemp(name.data());
    EXPECT_GE(fd, 0);
    ::close(fd);
    std::ofstream(name) << toml;
    files_.push_back(name);
    return name;
  }
  ~CliApply() override {
    for (const auto& file : files_) ::unlink(file.c_str());
  }
  std::vector<std::string> files_;
};

TEST_F(CliApply, says_what_changes_and_then_that_nothing_does) {
  const auto file = write("[[organisation]]\nkey=\"c\"\nname=\"C\"\n");
  script.answers["POST /v1/admin/apply"] = {{"dry_run", false}, {"changes", {"+ organisation c (C)"}}};
  EXPECT_EQ(run({"apply", file.c_str(), "--yes"}), kOk);
  EXPECT_EQ(out.str(), "+ organisation c (C)\nApplied.\n");
  EXPECT_EQ(script.bodies.back(), json::parse(R"({"organisation":[{"key":"c","name":"C"}]})"));
  script.answers["POST /v1/admin/apply"] = {{"dry_run", false}, {"changes", json::array()}};
  EXPECT_EQ(run({"apply", file.c_str(), "--yes"}), kOk);
  EXPECT_EQ(out.str(), "Nothing to change.\n");
  EXPECT_EQ(run({"apply", file.c_str(), "--dry-run"}), kOk);
  EXPECT_EQ(script.asked.back(), "POST /v1/admin/apply dry_run=true");
}

TEST_F(CliApply, mistakes_of_the_file_need_no_daemon) {
  const auto file = write("[[organisation]]\nkey=\"c\"\nnmae=\"C\"\n");
  EXPECT_EQ(run({"apply", file.c_str(), "--yes"}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr(file + ":3: organisation[1].nmae: there is no such key; did you mean \"name\"?"));
  EXPECT_TRUE(script.asked.empty());
}

TEST_F(CliApply, the_daemons_mistakes_are_told_by_line) {
  const auto file = write("[[provider]]\nkey=\"p\"\nplugin=\"smtp\"\nchannel=\"email\"\n[provider.config]\nprot=25\n");
  script.failure = to_error(
      422,
      json::parse(
          R"({"type":"urn:messo:problem:bad_document","detail":"1 mistake","errors":[{"pointer":"#/provider/0/config/prot","detail":"there is no such key; did you mean \"port\"?"}]})"),
      "");
  EXPECT_EQ(run({"apply", file.c_str(), "--yes"}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr(file + ":6: provider[1].config.prot: there is no such key; did you mean \"port\"?"));
}

TEST_F(CliApply, secrets_are_read_here_and_never_shown) {
  const auto secret = write("hunter2\n");
  const auto file = write("[[provider]]\nkey=\"p\"\nplugin=\"smtp\"\nchannel=\"email\"\nconfig={password=\"file:" + secret + "\"}\n");
  script.answers["POST /v1/admin/apply"] = {{"changes", json::array()}};
  EXPECT_EQ(run({"apply", file.c_str(), "--yes"}), kOk);
  EXPECT_EQ(script.bodies.back()["provider"][0]["config"]["password"], "hunter2");
  EXPECT_THAT(out.str() + err.str(), Not(HasSubstr("hunter2")));
}

TEST_F(Cli, what_is_refused_for_one_field_names_it) {
  script.failure = Error{ErrorKind::invalid, "invalid", "must be shorter", {}, {{"/data/nome", "must be shorter"}}, {}};
  EXPECT_EQ(run({"send", "--template", "t", "--phone", "+393331234567", "--service", "prova/sportello"}), kFailure);
  EXPECT_EQ(err.str(), "messo: must be shorter\n  /data/nome\n");
}

TEST_F(Cli, a_preview_of_an_sms_says_how_it_goes_out) {
  script.answers["POST /v1/templates/promemoria/preview"] = json::parse(R"({"template":"promemoria","version":1,"language":"it",
      "channel":"sms","parts":[{"name":"text","content_type":"text/plain; charset=utf-8","body":"E' pronta"}],
      "sms":{"encoding":"gsm7","segments":1,"units":9,"forced_by":[],"changed":[{"from":"È","to":"E'","count":1}]}})");
  ASSERT_EQ(run({"template", "preview", "promemoria", "--channel", "sms", "--service", "prova/sportello"}), kOk) << err.str();
  EXPECT_EQ(out.str(),
            "--- text (text/plain; charset=utf-8)\nE' pronta\n---\nEncoding:   gsm7\nSegments:   1\n"
            "Units:      9 (160 in one message, 153 in each of several)\nChanged:    È -> E'\n");
}

TEST_F(Cli, templates_render_and_lint_without_a_daemon) {
  std::string folder = "/tmp/messo-render-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  std::ofstream(folder + "/t.mustache") << "Ciao {{nome}}!";
  std::ofstream(folder + "/d.json") << R"({"nome":"<Mario>"})";
  EXPECT_EQ(run({"template", "render", (folder + "/t.mustache").c_str(), "--data", (folder + "/d.json").c_str()}), kOk);
  EXPECT_EQ(out.str(), "Ciao &lt;Mario&gt;!");
  EXPECT_EQ(run({"template", "render", (folder + "/t.mustache").c_str(), "--data", (folder + "/d.json").c_str(), "--escape", "none"}), kOk);
  EXPECT_EQ(out.str(), "Ciao <Mario>!");
  EXPECT_EQ(run({"template", "render", (folder + "/missing").c_str()}), kFailure);
  EXPECT_TRUE(script.asked.empty());
  std::filesystem::remove_all(folder);
}

TEST(ProblemDocument, becomes_an_error_whatever_it_looks_like) {
  const auto error =
      to_error(409, json::parse(R"({"type":"urn:messo:problem:already_left","title":"Conflict","detail":"It has left."})"), "");
  EXPECT_EQ(error.kind, ErrorKind::conflict);
  EXPECT_EQ(error.code, "already_left");
  EXPECT_EQ(error.message, "It has left.");
  EXPECT_THAT(to_error(502, nullptr, "<html>Bad Gateway").message, HasSubstr("502"));
  EXPECT_THAT(to_error(500, json::array(), "").message, HasSubstr("500"));
}

TEST(PercentEncoding, keeps_unreserved_characters_only) { EXPECT_EQ(percent_encode("a-Z_9~. /è+"), "a-Z_9~.%20%2F%C3%A8%2B"); }

TEST(NotificationText, shows_test_mode_and_removed_data_plainly) {
  const auto shown = notification_text(
      json::parse(R"({"id":"n1","status":"simulated","template":"t","version":2,"language":"it","class":"courtesy","priority":"normal",
      "organisation":"c","service":"s","mode":"test","content":"removed","accepted_at":"2026-11-22T10:00:00.000Z",
      "steps":[{"position":0,"channel":"email","state":"succeeded","deliveries":[{"phase":"closed","result":"simulated",
        "attempts":[{"provider":"outbox-email","leased_at":"2026-11-22T10:00:00.000Z","outcome":"sent","reason":"outbox.stored"}]}]}],"timeline":[]})"));
  for (const char* part : {"n1  simulated", "TEST MODE", "t v2, it, courtesy, normal", "c/s (test key)", "(personal data was removed)",
                           "1. email: succeeded", "outbox-email  sent (outbox.stored)"}) {
    EXPECT_THAT(shown, HasSubstr(part));
  }
}

TEST(StatusMeaning, every_status_has_one) {
  for (const char* status : {"queued", "awaiting_receipt", "in_doubt", "sent", "delivered", "undelivered", "no_outcome", "refused",
                             "expired", "cancelled", "suppressed", "simulated"}) {
    EXPECT_NE(status_meaning(status), "") << status;
  }
}

}  // namespace
}  // namespace messo::cli
