// What answers mean, and that nobody is told more than is known.
#include <gmock/gmock.h>

#include "sms_http/verdict.hpp"

namespace messo::sms_http {
namespace {

using ::testing::HasSubstr;

Description shipped(const std::string& name) {
  for (const auto& one : shipped_descriptions()) {
    if (one.name == name) return *read_description(one.toml, name);
  }
  throw std::runtime_error(name);
}

struct Row {
  long status;
  const char* body;
  messo_outcome_kind kind;
  const char* code;
  messo_scope scope = MESSO_SCOPE_MESSAGE;
  bool pauses = false;
};

void expect_rows(const std::string& gateway, const std::vector<Row>& rows, const Accepted& accepted) {
  const auto description = shipped(gateway);
  for (const auto& row : rows) {
    const auto verdict = verdict_of(description, HttpReply{row.status, row.body, false, {}}, accepted);
    const auto where = gateway + " " + std::to_string(row.status) + " " + row.body;
    EXPECT_EQ(verdict.outcome.kind, row.kind) << where;
    EXPECT_EQ(verdict.outcome.code, row.code) << where;
    EXPECT_EQ(verdict.outcome.scope, row.scope) << where;
    EXPECT_EQ(verdict.pause.count() > 0, row.pauses) << where;
    EXPECT_EQ(verdict.pause.count() > 0, !verdict.reason.empty()) << where;
    EXPECT_EQ(verdict.outcome.throttled, row.pauses) << where << ": what pauses the provider costs no attempt";
  }
}

TEST(Verdicts, of_twilio) {
  expect_rows("twilio",
              {
                  {201, R"({"sid": "SM1", "status": "queued"})", MESSO_PENDING, "sms_http.accepted"},
                  {201, R"({"sid": null})", MESSO_PENDING, "sms_http.accepted"},
                  {201, "<html>", MESSO_UNKNOWN, "sms_http.unreadable_answer"},
                  {400, R"({"code": 21211, "message": "The 'To' number +393331234567 is not valid"})", MESSO_REFUSED, "sms_http.bad_number",
                   MESSO_SCOPE_DESTINATION},
                  {400, R"({"code": 21610})", MESSO_REFUSED, "sms_http.opted_out", MESSO_SCOPE_DESTINATION},
                  {400, R"({"code": 21606})", MESSO_REFUSED, "sms_http.bad_sender"},
                  {400, "nonsense", MESSO_REFUSED, "sms_http.http_400"},
                  {401, R"({"code": 20003})", MESSO_TRY_LATER, "sms_http.account_refused", MESSO_SCOPE_PROVIDER, true},
                  {429, R"({"code": 20429})", MESSO_TRY_LATER, "sms_http.queue_full", MESSO_SCOPE_PROVIDER, true},
                  {429, "", MESSO_TRY_LATER, "sms_http.http_429", MESSO_SCOPE_PROVIDER, true},
                  {500, "", MESSO_UNKNOWN, "sms_http.http_500"},
                  {502, "", MESSO_UNKNOWN, "sms_http.http_502"},
                  {503, "", MESSO_TRY_LATER, "sms_http.http_503", MESSO_SCOPE_PROVIDER},
                  {302, "", MESSO_TRY_LATER, "sms_http.http_302", MESSO_SCOPE_PROVIDER, true},
                  {402, "", MESSO_TRY_LATER, "sms_http.http_402", MESSO_SCOPE_PROVIDER, true},
                  {404, "", MESSO_TRY_LATER, "sms_http.http_404", MESSO_SCOPE_PROVIDER, true},
                  {408, "", MESSO_TRY_LATER, "sms_http.http_408"},
                  {409, "", MESSO_UNKNOWN, "sms_http.http_409"},
                  {413, "", MESSO_REFUSED, "sms_http.http_413"},
              },
              {true, "0123456789abcdef"});
}

TEST(Verdicts, of_skebby) {
  expect_rows("skebby",
              {
                  {201, R"({"result": "OK", "order_id": "a1"})", MESSO_PENDING, "sms_http.accepted"},
                  {201, R"({"result": "maybe", "order_id": "a1"})", MESSO_UNKNOWN, "sms_http.odd_answer"},
                  {400, R"({"result": "Not enough credit"})", MESSO_TRY_LATER, "sms_http.no_credit", MESSO_SCOPE_PROVIDER, true},
                  {400, R"({"result": "Bad recipient"})", MESSO_REFUSED, "sms_http.http_400"},
              },
              {true, "a1"});
}

TEST(Verdicts, of_vonage_which_always_answers_200) {
  expect_rows("vonage",
              {
                  {200, R"({"messages": [{"message-id": "a", "status": "0"}, {"message-id": "b", "status": "0"}]})", MESSO_PENDING,
                   "sms_http.accepted"},
                  {200, R"({"messages": [{"message-id": "a", "status": "0"}, {"status": "1"}]})", MESSO_UNKNOWN, "sms_http.taken_in_part"},
                  {200, R"({"messages": [{"status": "1", "error-text": "Throughput"}]})", MESSO_TRY_LATER, "sms_http.throttled",
                   MESSO_SCOPE_PROVIDER, true},
                  {200, R"({"messages": [{"status": "9"}]})", MESSO_TRY_LATER, "sms_http.no_credit", MESSO_SCOPE_PROVIDER, true},
                  {200, R"({"messages": [{"status": "4"}]})", MESSO_TRY_LATER, "sms_http.account_refused", MESSO_SCOPE_PROVIDER, true},
                  {200, R"({"messages": [{"status": "6"}]})", MESSO_REFUSED, "sms_http.refused"},
                  {200, R"({"messages": [{"status": "99"}]})", MESSO_UNKNOWN, "sms_http.unreadable_answer"},
              },
              {true, ""});
}

TEST(Verdicts, each_part_has_its_reference) {
  const HttpReply reply{200, R"({"messages": [{"message-id": "a", "status": "0"}, {"message-id": "b", "status": "0"}]})", false, {}};
  const auto verdict = verdict_of(shipped("vonage"), reply, {true, ""});
  ASSERT_EQ(verdict.outcome.references.size(), 2U);
  EXPECT_EQ(verdict.outcome.references[1].kind, "sms-id");
  EXPECT_EQ(verdict.outcome.references[1].value, "b");
  EXPECT_EQ(verdict.outcome.references[1].part, 1U);
}

TEST(Verdicts, without_receipts_a_message_ends_as_sent) {
  EXPECT_EQ(verdict_of(shipped("twilio"), {201, R"({"sid": "SM1"})", false, {}}, {false, ""}).outcome.kind, MESSO_SENT);
  EXPECT_EQ(verdict_of(shipped("twilio"), {201, R"({"sid": null})", false, {}}, {false, ""}).outcome.kind, MESSO_UNKNOWN);
}

TEST(Verdicts, an_answer_that_is_not_whole_says_what_its_status_says) {
  EXPECT_EQ(verdict_of(shipped("twilio"), {201, R"({"sid": "SM1"})", true, {}}, {true, "r"}).outcome.kind, MESSO_UNKNOWN);
  EXPECT_EQ(verdict_of(shipped("twilio"), {400, "x", true, {}}, {true, "r"}).outcome.kind, MESSO_REFUSED);
}

TEST(Verdicts, retry_after_is_kept) {
  const auto verdict = verdict_of(shipped("twilio"), {429, "", false, std::chrono::seconds(7)}, {true, "r"});
  EXPECT_EQ(verdict.pause, std::chrono::seconds(7));
  EXPECT_EQ(verdict.outcome.retry_after_ms, 7000);
}

TEST(Verdicts, of_no_answer_depend_on_whether_anything_was_written) {
  using What = HttpFailure::What;
  for (const auto what : {What::unreachable, What::certificate, What::timeout, What::closed, What::interrupted}) {
    EXPECT_EQ(verdict_of(HttpFailure{what, true, {}}).outcome.kind, MESSO_UNKNOWN);
    EXPECT_EQ(verdict_of(HttpFailure{what, false, {}}).outcome.kind, MESSO_TRY_LATER);
    EXPECT_EQ(verdict_of(HttpFailure{what, false, {}}).outcome.scope, MESSO_SCOPE_PROVIDER);
  }
  EXPECT_GT(verdict_of(HttpFailure{What::certificate, false, {}}).pause.count(), 0);
}

TEST(Verdicts, signing_in_refused_pauses_and_a_server_in_trouble_does_not) {
  EXPECT_THAT(sign_in_failed({404, "", false, {}}).reason, HasSubstr("check account and password"));
  EXPECT_THAT(sign_in_failed({200, "odd", false, {}}).reason, HasSubstr("check the description"));
  EXPECT_EQ(sign_in_failed({500, "", false, {}}).pause.count(), 0);
  EXPECT_GT(sign_in_failed({429, "", false, {}}).pause.count(), 0);
}

TEST(Verdicts, no_number_reaches_the_log) {
  const auto verdict =
      verdict_of(shipped("twilio"), {400, R"({"code": 21211, "message": "The number +39 333 123 4567 or 3331234567 is bad"})", false, {}},
                 {true, "r"});
  EXPECT_EQ(verdict.outcome.private_text, "HTTP 400, error 21211: The number +*** or *** is bad");
  EXPECT_EQ(verdict.outcome.public_text, "The provider refuses the number.");
  EXPECT_LE(masked(std::string(1000, 'a')).size(), 200U);
  EXPECT_EQ(masked("a\nb"), "a b");
}

}  // namespace
}  // namespace messo::sms_http
