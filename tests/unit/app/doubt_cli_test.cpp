// `messo doubt`: what is asked of the daemon, and what people read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "app/cli/commands.hpp"
#include "app/cli/doubt_view.hpp"

namespace messo::cli {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

// Answers by "METHOD /path"; what it does not know is not found.
class DoubtDaemon final : public ApiClient {
 public:
  struct Book {
    std::map<std::string, json> answers;
    std::vector<std::string> asked;
    std::vector<json> bodies;
  };
  explicit DoubtDaemon(Book& book) : book_(book) {}
  std::string where() const override { return "unix:test"; }
  Result<ApiAnswer> call(const ApiRequest& request) override {
    const std::string line = request.method + ' ' + request.path;
    std::string whole = line;
    for (const auto& [name, value] : request.query) {
      if (!value.empty()) whole += ' ' + name + '=' + value;
    }
    book_.asked.push_back(whole);
    book_.bodies.push_back(request.body);
    const auto at = book_.answers.find(line);
    if (at == book_.answers.end()) return fail(ErrorKind::not_found, "doubt_not_found", "There is no such message in doubt.");
    return ApiAnswer{200, at->second, at->second.dump()};
  }

 private:
  Book& book_;
};

json some_doubt() {
  return json::parse(R"({"id":"d1","notification":"n1","attempt":"a1","organisation":"comune","service":"sportello","provider":"relay",
    "channel":"email","mode":"live","since":"2026-11-22T10:00:00.000Z","expires_at":"2026-11-25T10:00:00.000Z","cause":"smtp.lost_after_data",
    "crashes":0,"state":"held","why":"policy","advice":"Its provider leaves the decision to you.","can_be_asked":true,"questions":2,
    "asked_at":"2026-11-22T10:05:00.000Z","template":"avviso","class":"courtesy",
    "attempts":[{"id":"a1","provider":"relay","leased_at":"2026-11-22T10:00:00.000Z","handed_over_at":"2026-11-22T10:00:00.000Z",
      "outcome":"unknown","reason":"smtp.lost_after_data"}],
    "timeline":[{"sequence":1,"at":"2026-11-22T10:00:00.000Z","kind":"in_doubt","status":"in_doubt"}]})");
}

class DoubtCli : public ::testing::Test {
 protected:
  int run(std::vector<const char*> arguments) {
    out.str("");
    err.str("");
    Session session(out, err);
    session.client = std::make_unique<DoubtDaemon>(book);
    arguments.insert(arguments.begin(), "messo");
    return run_messo(static_cast<int>(arguments.size()), arguments.data(), session);
  }
  DoubtDaemon::Book book;
  std::ostringstream out, err;
};

TEST_F(DoubtCli, the_list_is_a_table_that_says_how_to_go_on) {
  book.answers["GET /v1/admin/doubts"] = {{"items", {some_doubt()}}};
  EXPECT_EQ(run({"doubt", "list", "--provider", "relay", "--organisation", "comune"}), kOk);
  EXPECT_EQ(book.asked.back(), "GET /v1/admin/doubts provider=relay organisation=comune limit=50");
  for (const char* part :
       {"IN DOUBT FOR", "d1", "relay", "comune/sportello", "smtp.lost_after_data", "held: policy", "messo doubt show d1"})
    EXPECT_THAT(out.str(), HasSubstr(part));
  EXPECT_THAT(out.str(), Not(HasSubstr("MODE"))) << "an empty column is left out";
  EXPECT_EQ(run({"doubt", "list", "--older-than", "2 h"}), kOk);
  EXPECT_THAT(book.asked.back(), HasSubstr("before=20"));
  EXPECT_EQ(run({"doubt", "list", "--older-than", "gestern"}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("15 min"));
  book.answers["GET /v1/admin/doubts"] = {{"items", json::array()}};
  EXPECT_EQ(run({"doubt", "list"}), kOk);
  EXPECT_EQ(out.str(), "Nothing is in doubt.\n");
}

TEST_F(DoubtCli, one_is_shown_with_attempts_history_and_the_commands_to_run) {
  book.answers["GET /v1/admin/doubts/d1"] = some_doubt();
  EXPECT_EQ(run({"doubt", "show", "d1"}), kOk);
  for (const char* part : {"d1  in doubt for", "relay, email", "2 times", "unknown", "Timeline", "in_doubt", "Next: Its provider leaves",
                           "messo doubt ask d1", "messo doubt close d1 --as sent", "messo doubt resend d1 --reason"})
    EXPECT_THAT(out.str(), HasSubstr(part));
  EXPECT_EQ(run({"doubt", "show", "d1", "--json"}), kOk);
  EXPECT_EQ(json::parse(out.str()), some_doubt());
}

TEST_F(DoubtCli, deciding_wants_a_reason_and_names_attempt_and_operator) {
  book.answers["GET /v1/admin/doubts/d1"] = some_doubt();
  book.answers["POST /v1/admin/doubts/d1/close"] = {{"id", "d1"}, {"notification", "n1"}, {"status", "sent"}};
  book.answers["POST /v1/admin/doubts/d1/resend"] = {{"id", "d1"}, {"notification", "n1"}, {"status", "queued"}};
  book.answers["POST /v1/admin/doubts/d1/ask"] = some_doubt();
  EXPECT_EQ(run({"doubt", "close", "d1", "--as", "sent"}), kUsage);
  EXPECT_EQ(run({"doubt", "close", "d1", "--reason", "x"}), kUsage);
  EXPECT_EQ(run({"doubt", "close", "d1", "--as", "delivered", "--reason", "x"}), kUsage);
  EXPECT_EQ(run({"doubt", "resend", "d1"}), kUsage);

  EXPECT_EQ(run({"doubt", "close", "d1", "--as", "sent", "--reason", "il relay conferma", "--operator", "maria"}), kOk);
  EXPECT_EQ(book.bodies.back(), json::parse(R"({"attempt":"a1","result":"sent","reason":"il relay conferma","operator":"maria"})"));
  EXPECT_THAT(out.str(), HasSubstr("Closed as sent."));
  EXPECT_EQ(run({"doubt", "resend", "d1", "--reason", "mai arrivato", "--even-if-expired", "--operator", "maria"}), kOk);
  EXPECT_EQ(book.bodies.back(), json::parse(R"({"attempt":"a1","reason":"mai arrivato","operator":"maria","even_if_expired":true})"));
  EXPECT_THAT(out.str(), HasSubstr("messo status n1"));
  EXPECT_EQ(run({"doubt", "ask", "d1"}), kOk);
  EXPECT_EQ(book.asked.back(), "POST /v1/admin/doubts/d1/ask");
  EXPECT_EQ(book.bodies.back()["attempt"], "a1");
  EXPECT_FALSE(book.bodies.back()["operator"].get<std::string>().empty()) << "who is logged in";
}

TEST_F(DoubtCli, what_is_gone_is_said_by_the_daemon) {
  EXPECT_EQ(run({"doubt", "resend", "d9", "--reason", "x"}), kFailure);
  EXPECT_EQ(book.asked.back(), "POST /v1/admin/doubts/d9/resend") << "the daemon knows why";
  EXPECT_EQ(err.str(), "messo: There is no such message in doubt.\n");
}

}  // namespace
}  // namespace messo::cli
