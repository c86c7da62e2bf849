// Following what was posted: one notification, lists with cursors, events, cancellation, templates.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "unit/api/running_api.hpp"

namespace messo::test {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

class Following : public testing::Test {
 protected:
  std::string post(const std::string& reference = "R") {
    auto job = RunningApi::job();
    job["reference"] = reference;
    return json_of(api.call("POST", "/v1/notifications", api.keys.live, job))["id"].get<std::string>();
  }
  Json get(const std::string& target) { return json_of(api.call("GET", target, api.keys.live)); }
  RunningApi api;
};

TEST_F(Following, a_delivered_one_shows_attempt_outcome_and_timeline) {
  const auto id = post();
  api.deliver(id);
  const auto shown = get("/v1/notifications/" + id);
  EXPECT_EQ(shown["status"], "sent");
  EXPECT_EQ(shown["mode"], "live");
  EXPECT_EQ(shown["simulated"], false);
  const auto delivery = shown["steps"][1]["deliveries"][0];
  EXPECT_EQ(delivery["result"], "sent");
  EXPECT_EQ(delivery["attempts"][0]["provider"], "posta");
  EXPECT_EQ(delivery["attempts"][0]["outcome"], "sent");
  EXPECT_EQ(delivery["attempts"][0]["reason"], "smtp.250");
  EXPECT_EQ(shown["timeline"].back()["details"]["provider"], "posta");
  EXPECT_FALSE(shown["_links"].contains("cancel"));
}

TEST_F(Following, a_list_is_read_page_by_page_without_gaps_or_repetitions) {
  std::set<std::string> posted, seen;
  for (int i = 0; i < 7; ++i) posted.insert(post("R" + std::to_string(i)));
  std::string target = "/v1/notifications?limit=3";
  for (int page = 0; page < 3; ++page) {
    const auto answer = get(target);
    for (const auto& item : answer["items"]) EXPECT_TRUE(seen.insert(item["id"].get<std::string>()).second);
    if (!answer.contains("next_cursor")) break;
    EXPECT_EQ(answer["_links"]["next"]["href"],
              "http://hub.example/v1/notifications?limit=3&cursor=" + answer["next_cursor"].get<std::string>());
    target = "/v1/notifications?limit=3&cursor=" + answer["next_cursor"].get<std::string>();
  }
  EXPECT_EQ(seen, posted);
}

TEST_F(Following, lists_are_filtered_by_reference_status_template_and_time) {
  const auto first = post("PRATICA 1/2026");
  post("other");
  api.deliver(first);
  EXPECT_EQ(get("/v1/notifications?reference=PRATICA+1%2F2026")["items"].size(), 1u);
  EXPECT_EQ(get("/v1/notifications?status=sent")["items"][0]["id"], first);
  EXPECT_EQ(get("/v1/notifications?status=queued")["items"].size(), 1u);
  EXPECT_EQ(get("/v1/notifications?template=avviso")["items"].size(), 2u);
  EXPECT_EQ(get("/v1/notifications?template=atto")["items"].size(), 0u);
  EXPECT_EQ(get("/v1/notifications?from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00%2B01:00")["items"].size(), 0u);
  EXPECT_EQ(get("/v1/notifications?from=2020-01-01T00:00:00Z")["items"].size(), 2u);
}

TEST_F(Following, what_has_not_left_can_be_cancelled_once) {
  const auto id = post();
  const auto cancelled = api.call("POST", "/v1/notifications/" + id + "/cancel", api.keys.live);
  EXPECT_EQ(cancelled.status, 200);
  EXPECT_EQ(json_of(cancelled)["status"], "cancelled");
  EXPECT_EQ(api.call("POST", "/v1/notifications/" + id + "/cancel", api.keys.live).status, 409);
  const auto sent = post();
  api.deliver(sent);
  EXPECT_EQ(api.call("POST", "/v1/notifications/" + sent + "/cancel", api.keys.live).status, 409);
}

TEST_F(Following, events_are_resumed_from_where_a_reader_stopped) {
  for (int i = 0; i < 3; ++i) post();
  const auto first = get("/v1/events?limit=2");
  ASSERT_EQ(first["items"].size(), 2u);
  const auto second = get("/v1/events?after=" + first["next"].get<std::string>());
  ASSERT_EQ(second["items"].size(), 1u);
  EXPECT_EQ(get("/v1/events?after=latest")["next"], second["next"]);
  EXPECT_TRUE(get("/v1/events?after=" + second["next"].get<std::string>())["items"].empty());
  EXPECT_EQ(api.call("GET", "/v1/events?after=-1", api.keys.live).status, 400);
  EXPECT_EQ(api.call("GET", "/v1/events?wait=31", api.keys.live).status, 400);
}

TEST_F(Following, waiting_for_events_ends_when_one_comes) {
  const auto latest = get("/v1/events?after=latest")["next"].get<std::string>();
  std::optional<HttpAnswer> answer;
  std::thread waiting([&] { answer = api.call("GET", "/v1/events?wait=30&after=" + latest, api.keys.live); });
  const auto began = std::chrono::steady_clock::now();
  const auto id = post();
  waiting.join();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 10s);
  ASSERT_TRUE(answer);
  EXPECT_EQ(json_of(*answer)["items"][0]["notification"], id);
}

TEST_F(Following, templates_are_shown_with_what_a_sender_must_know) {
  const auto list = get("/v1/templates");
  ASSERT_EQ(list["items"].size(), 2u) << "published ones only";
  const auto shown = get("/v1/templates/avviso");
  EXPECT_EQ(shown["version"], 1);
  EXPECT_EQ(shown["languages"], Json::array({"it", "en"}));
  EXPECT_EQ(shown["example"]["nome"], "Anna");
  EXPECT_EQ(shown["plan"][0]["channel"], "sms");
  EXPECT_EQ(api.call("GET", "/v1/templates/bozza", api.keys.live).status, 404);
  EXPECT_EQ(get("/v1/templates/bozza?version=1")["state"], "draft");
}

TEST_F(Following, a_preview_renders_what_the_citizen_would_get) {
  const auto preview = [&](const Json& body) { return api.call("POST", "/v1/templates/avviso/preview", api.keys.live, body); };
  const auto good = preview({{"channel", "email"}, {"language", "en"}, {"data", {{"nome", "<Bob>"}}}});
  ASSERT_EQ(good.status, 200) << good.body;
  EXPECT_EQ(json_of(good)["parts"][0]["body"], "Notice");
  EXPECT_EQ(json_of(good)["parts"][1]["body"], "Dear <Bob>, by \n");
  EXPECT_EQ(json_of(preview({{"channel", "sms"}}))["parts"][0]["body"], "Avviso per Anna");
  EXPECT_EQ(preview({{"channel", "pec"}}).status, 422);
  EXPECT_EQ(preview({{"channel", "sms"}, {"language", "en"}}).status, 422);
  EXPECT_EQ(preview({{"channel", "email"}, {"data", Json::object()}}).status, 422);
  EXPECT_EQ(preview(Json::object()).status, 400);
  EXPECT_EQ(api.store().ledger().books()->accepted, 0u);
}

}  // namespace
}  // namespace messo::test
