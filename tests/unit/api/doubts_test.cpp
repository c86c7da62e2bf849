// Doubts over the administration API: seen, asked about, sent again, closed; what was settled meanwhile stays as it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/doubt_view.hpp"
#include "unit/api/running_api.hpp"

namespace messo::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

class DoubtsApi : public testing::Test {
 protected:
  // The notification's id.
  std::string in_doubt() {
    const auto id = json_of(api.call("POST", "/v1/notifications", api.keys.live, RunningApi::job()))["id"].get<std::string>();
    api.deliver(id, Change::doubt);
    return id;
  }
  Json get(const std::string& target) { return json_of(api.admin("GET", target, api.keys.admin)); }
  HttpAnswer post(const std::string& id, const std::string& verb, const Json& body) {
    return api.admin("POST", "/v1/admin/doubts/" + id + '/' + verb, api.keys.admin, body);
  }
  std::string status_of(const std::string& id) { return json_of(api.call("GET", "/v1/notifications/" + id, api.keys.live))["status"]; }
  Json last_event(const std::string& id) { return json_of(api.call("GET", "/v1/notifications/" + id, api.keys.live))["timeline"].back(); }
  static std::string problem_of(const HttpAnswer& answer) { return json_of(answer)["type"]; }

  RunningApi api;
};

TEST_F(DoubtsApi, a_doubt_is_listed_and_shown_with_attempts_timeline_and_advice_and_no_personal_data) {
  EXPECT_EQ(get("/v1/admin/doubts")["items"], Json::array());
  const auto id = in_doubt();
  const auto item = get("/v1/admin/doubts")["items"].at(0);
  EXPECT_EQ(item["notification"], id);
  EXPECT_EQ(item["provider"], "posta");
  EXPECT_EQ(item["organisation"], "comune");
  EXPECT_EQ(item["cause"], "smtp.lost_after_data");
  EXPECT_EQ(item["state"], "held");
  const auto shown = get("/v1/admin/doubts/" + item["id"].get<std::string>());
  EXPECT_EQ(shown["attempts"].at(0)["id"], item["attempt"]);
  EXPECT_EQ(shown["timeline"].back()["kind"], "in_doubt");
  EXPECT_EQ(shown["template"], "avviso");
  EXPECT_NE(shown["advice"], "");
  EXPECT_EQ(get("/v1/admin/doubts/" + id)["id"], item["id"]) << "also by its notification";
  EXPECT_EQ(shown.dump().find("anna@example.org"), std::string::npos);
  EXPECT_EQ(shown.dump().find("Anna Rossi"), std::string::npos);
}

TEST_F(DoubtsApi, lists_go_in_pages_and_by_provider_organisation_and_age) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(in_doubt());
  std::vector<std::string> seen;
  for (std::string cursor; seen.size() < 10;) {
    const auto page = get("/v1/admin/doubts?limit=2" + (cursor.empty() ? "" : "&cursor=" + cursor));
    for (const auto& item : page["items"]) seen.push_back(item["notification"]);
    cursor = page.value("next_cursor", "");
    if (cursor.empty()) break;
  }
  EXPECT_EQ(seen, ids);
  EXPECT_EQ(get("/v1/admin/doubts?provider=posta")["items"].size(), 3U);
  EXPECT_EQ(get("/v1/admin/doubts?provider=posta-pec")["items"].size(), 0U);
  EXPECT_EQ(get("/v1/admin/doubts?before=2020-01-01T00:00:00Z")["items"].size(), 0U);
  EXPECT_EQ(get("/v1/admin/doubts?organisation=comune")["items"].size(), 3U);
  for (const char* wrong : {"?provider=manca", "?before=ieri", "?cursor=x", "?limit=0", "?organisation=provincia"})
    EXPECT_EQ(api.admin("GET", std::string("/v1/admin/doubts") + wrong, api.keys.admin).status, 400) << wrong;
  EXPECT_EQ(json_of(api.socket("GET", "/v1/admin/doubts?organisation=provincia"))["items"].size(), 0U);
}

TEST_F(DoubtsApi, closing_wants_a_result_and_a_reason_and_keeps_who_and_why) {
  const auto id = in_doubt();
  const auto wrong = post(id, "close", {{"result", "sent"}});
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(json_of(wrong)["errors"].at(0)["pointer"], "#/reason");
  EXPECT_EQ(post(id, "close", {{"result", "gone"}, {"reason", "x"}}).status, 400);
  const auto too_much = post(id, "close", {{"result", "delivered"}, {"reason", "x"}});
  EXPECT_EQ(too_much.status, 422);
  EXPECT_EQ(problem_of(too_much), "urn:messo:problem:not_an_operators_result");
  EXPECT_EQ(post(id, "close", {{"result", "sent"}, {"reason", "x"}, {"resaon", "x"}}).status, 400);
  EXPECT_EQ(status_of(id), "in_doubt");

  const auto closed = post(id, "close", {{"result", "sent"}, {"reason", "il relay l'ha preso"}, {"operator", "maria.rossi"}});
  ASSERT_EQ(closed.status, 200) << closed.body;
  EXPECT_EQ(json_of(closed)["status"], "sent");
  EXPECT_EQ(json_of(closed)["notification"], id);
  EXPECT_EQ(status_of(id), "sent");
  const auto event = last_event(id);
  EXPECT_EQ(event["kind"], "settled");
  EXPECT_EQ(event["details"]["reason"], "il relay l'ha preso");
  EXPECT_THAT(event["details"]["operator"].get<std::string>(), StartsWith("maria.rossi (key "));

  for (const char* verb : {"close", "resend"}) {
    const auto late = post(id, verb, {{"result", "sent"}, {"reason", "x"}});
    EXPECT_EQ(late.status, verb == std::string("close") ? 409 : 400) << late.body;
  }
  const auto again = post(id, "resend", {{"reason", "x"}});
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(problem_of(again), "urn:messo:problem:already_settled");
  EXPECT_THAT(again.body, HasSubstr("It is not in doubt any more: sent."));
  EXPECT_EQ(api.admin("GET", "/v1/admin/doubts/" + id, api.keys.admin).status, 404);
}

TEST_F(DoubtsApi, sending_again_makes_it_due_once) {
  const auto id = in_doubt();
  const auto attempt = get("/v1/admin/doubts/" + id)["attempt"].get<std::string>();
  EXPECT_EQ(post(id, "resend", Json::object()).status, 400);
  const auto sent = post(id, "resend", {{"reason", "nessuno l'ha avuto"}, {"attempt", attempt}});
  ASSERT_EQ(sent.status, 200) << sent.body;
  EXPECT_EQ(json_of(sent)["status"], "queued");
  EXPECT_EQ(last_event(id)["kind"], "resent");
  EXPECT_EQ(post(id, "resend", {{"reason", "x"}, {"attempt", attempt}}).status, 409);
  api.deliver(id, Change::doubt);
  const auto stale = post(id, "close", {{"reason", "x"}, {"result", "sent"}, {"attempt", attempt}});
  EXPECT_EQ(stale.status, 409);
  EXPECT_EQ(problem_of(stale), "urn:messo:problem:another_attempt");
  EXPECT_EQ(post(id, "close", {{"reason", "x"}, {"result", "sent"}, {"attempt", "nonsense"}}).status, 400);
}

TEST_F(DoubtsApi, asking_needs_a_provider_that_can_be_asked) {
  const auto id = in_doubt();
  const auto mute = post(id, "ask", Json::object());
  EXPECT_EQ(mute.status, 409);
  EXPECT_EQ(problem_of(mute), "urn:messo:problem:cannot_be_asked");
  api.run_posta(false);
  EXPECT_EQ(post(id, "ask", Json::object()).status, 409);
  api.run_posta(true);
  const auto asked = post(id, "ask", {{"operator", "maria"}});
  ASSERT_EQ(asked.status, 200) << asked.body;
  EXPECT_EQ(last_event(id)["kind"], "asked");
  EXPECT_EQ(api.store()
                .doubts()
                .questions(api.store().directory().snapshot()->provider_by_key("posta")->id, false, api.clock().now(), 10)
                ->size(),
            1U);
}

TEST_F(DoubtsApi, an_organisations_admin_key_neither_sees_nor_decides_anothers) {
  const auto id = in_doubt();
  const auto foreign = api.keys.other_organisation;  // an administrator of "provincia"
  const auto list = api.admin("GET", "/v1/admin/doubts", foreign);
  EXPECT_EQ(list.status, 200);
  EXPECT_EQ(json_of(list)["items"].size(), 0U);
  EXPECT_EQ(api.admin("GET", "/v1/admin/doubts?organisation=comune", foreign).status, 400);
  EXPECT_EQ(api.admin("GET", "/v1/admin/doubts/" + id, foreign).status, 404);
  for (const char* verb : {"ask", "resend", "close"}) {
    Json body = {{"reason", "x"}};
    if (verb == std::string("close")) body["result"] = "sent";
    EXPECT_EQ(api.admin("POST", "/v1/admin/doubts/" + id + '/' + verb, foreign, body).status, 404) << verb;
  }
  EXPECT_EQ(status_of(id), "in_doubt");
  EXPECT_EQ(json_of(api.socket("GET", "/v1/admin/doubts"))["items"].size(), 1U) << "an administrator of the whole hub sees all";
  EXPECT_EQ(api.socket("POST", "/v1/admin/doubts/" + id + "/close", {{"result", "refused"}, {"reason", "x"}}).status, 200);
  EXPECT_THAT(last_event(id)["details"]["operator"].get<std::string>(), HasSubstr("over the Unix socket"));
}

TEST_F(DoubtsApi, what_does_not_exist_is_404) {
  for (const char* id : {"nonsense", "0190f3c2-0000-7000-8000-000000000000"}) {
    EXPECT_EQ(api.admin("GET", std::string("/v1/admin/doubts/") + id, api.keys.admin).status, 404);
    EXPECT_EQ(post(id, "close", {{"result", "sent"}, {"reason", "x"}}).status, 404);
    EXPECT_EQ(post(id, "resend", {{"reason", "x"}}).status, 404);
    EXPECT_EQ(post(id, "ask", Json::object()).status, 404);
  }
}

TEST_F(DoubtsApi, figures_go_by_provider_and_come_back_to_zero) {
  const auto id = in_doubt();
  const auto metrics = api.admin("GET", "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("messo_doubts{provider=\"posta\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("messo_doubts_oldest_seconds{provider=\"posta\"}"));
  post(id, "close", {{"result", "no_outcome"}, {"reason", "x"}});
  EXPECT_THAT(api.admin("GET", "/metrics").body, testing::Not(HasSubstr("messo_doubts{provider=\"posta\"} 1")));
}

TEST(DoubtStandingTable, says_who_has_to_do_something) {
  using api::DoubtProvider;
  struct Row {
    Held held;
    DoubtProvider provider;
    bool asking;
    std::string_view why;
  };
  const DoubtProvider asks{OnDoubt::ask, true, true, true}, mute{OnDoubt::ask, true, true, false}, away{OnDoubt::ask, true, false, false},
      gone{OnDoubt::ask, false, false, false}, holds{OnDoubt::hold, true, true, true}, resends{OnDoubt::resend, true, true, false};
  const Row rows[] = {{Held::no, asks, true, "asking"},
                      {Held::no, mute, false, "cannot_be_asked"},
                      {Held::no, away, false, "not_running"},
                      {Held::no, gone, false, "not_running"},
                      {Held::no, holds, false, "policy"},
                      {Held::no, resends, false, "no_attempts_left"},
                      {Held::crashed, asks, false, "crashed"},
                      {Held::crashed, resends, false, "crashed"},
                      {Held::asked_in_vain, asks, false, "asked_in_vain"},
                      {Held::cannot_say, asks, false, "cannot_say"}};
  for (const Row& row : rows) {
    Doubt doubt;
    doubt.held = row.held;
    const auto stands = api::standing(doubt, row.provider);
    EXPECT_EQ(stands.asking, row.asking) << row.why;
    EXPECT_EQ(stands.why, row.why);
    EXPECT_FALSE(stands.advice.empty());
  }
}

}  // namespace
}  // namespace messo::test
