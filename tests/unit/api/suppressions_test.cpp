// Suppressions over the API: added, found, listed and removed by one organisation, heeded for courtesy messages, never seen by another.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/api/running_api.hpp"

namespace messo::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class SuppressionsApi : public testing::Test {
 protected:
  HttpAnswer add(const std::string& address, const std::string& key, const std::string& channel = "email") {
    return api.call("POST", "/v1/suppressions", key, {{"channel", channel}, {"address", address}, {"reason", "chiesto allo sportello"}});
  }
  Json items(const std::string& query, const std::string& key) {
    return json_of(api.call("GET", "/v1/suppressions" + query, key))["items"];
  }
  Json items(const std::string& query = {}) { return items(query, api.keys.live); }

  RunningApi api;
};

TEST_F(SuppressionsApi, an_address_is_added_once_in_its_normal_form_and_found_in_any_spelling) {
  const auto made = add("Anna@EXAMPLE.org", api.keys.live);
  ASSERT_EQ(made.status, 201) << made.body;
  const auto one = json_of(made);
  EXPECT_EQ(one["organisation"], "comune");
  EXPECT_EQ(one["address"], "Anna@example.org");
  EXPECT_EQ(one["source"], "person");
  EXPECT_EQ(one["reason"], "chiesto allo sportello");
  const auto again = add("Anna@example.org", api.keys.other_service);
  EXPECT_EQ(again.status, 200) << "of the organisation, not of one service";
  EXPECT_EQ(json_of(again)["id"], one["id"]);
  EXPECT_EQ(items(), Json::array({one}));
  EXPECT_EQ(items("?address=Anna@Example.ORG"), Json::array({one}));
  EXPECT_EQ(items("?address=bruno@example.org"), Json::array());
  EXPECT_EQ(items("?channel=sms"), Json::array());
  EXPECT_EQ(items("?channel=pec&address=Anna@example.org"), Json::array()) << "another channel's address";
  EXPECT_EQ(add("333 1234567", api.keys.live, "sms").status, 201);
  EXPECT_EQ(items("?channel=sms").at(0)["address"], "+393331234567");
}

TEST_F(SuppressionsApi, mistakes_are_named_with_their_field) {
  const auto missing = api.call("POST", "/v1/suppressions", api.keys.live, {{"chanel", "email"}, {"address", "a@example.org"}});
  EXPECT_EQ(missing.status, 400);
  EXPECT_THAT(missing.body, HasSubstr("#/channel"));
  EXPECT_THAT(missing.body, HasSubstr("#/reason"));
  const auto channel = add("a@example.org", api.keys.live, "fax");
  EXPECT_EQ(channel.status, 400);
  EXPECT_THAT(channel.body, HasSubstr("email, pec, sms, io, push, webhook"));
  const auto address = add("anna at example.org", api.keys.live);
  EXPECT_EQ(address.status, 422);
  EXPECT_EQ(json_of(address)["errors"].at(0)["pointer"], "#/address");
  EXPECT_THAT(address.body, Not(HasSubstr("anna at"))) << "an address is not repeated in a problem";
  for (const char* wrong : {"?address=nowhere", "?channel=fax", "?cursor=x", "?limit=0", "?organisation=provincia"})
    EXPECT_EQ(api.call("GET", std::string("/v1/suppressions") + wrong, api.keys.live).status, 400) << wrong;
}

TEST_F(SuppressionsApi, another_organisation_neither_sees_nor_removes_it) {
  const auto id = json_of(add("anna@example.org", api.keys.live))["id"].get<std::string>();
  EXPECT_EQ(items("", api.keys.other_organisation), Json::array());
  EXPECT_EQ(items("?address=anna@example.org", api.keys.other_organisation), Json::array());
  EXPECT_EQ(api.call("DELETE", "/v1/suppressions/" + id, api.keys.other_organisation).status, 404);
  const auto foreign = api.call("POST", "/v1/suppressions", api.keys.other_organisation,
                                {{"organisation", "comune"}, {"channel", "email"}, {"address", "b@example.org"}, {"reason", "x"}});
  EXPECT_EQ(foreign.status, 422) << foreign.body;
  EXPECT_EQ(api.call("DELETE", "/v1/suppressions/" + id, api.keys.read_only).status, 403);
  EXPECT_EQ(api.call("DELETE", "/v1/suppressions/" + id, api.keys.live).status, 200);
  EXPECT_EQ(api.call("DELETE", "/v1/suppressions/" + id, api.keys.live).status, 404);
  EXPECT_EQ(items(), Json::array());
}

TEST_F(SuppressionsApi, over_the_socket_everything_is_seen_and_the_organisation_must_be_said_to_change_it) {
  const auto id = json_of(add("anna@example.org", api.keys.live))["id"].get<std::string>();
  const Json body = {{"channel", "email"}, {"address", "bruno@example.org"}, {"reason", "x"}};
  EXPECT_EQ(api.socket("POST", "/v1/suppressions", body).status, 422);
  auto named = body;
  named["organisation"] = "provincia";
  EXPECT_EQ(api.socket("POST", "/v1/suppressions", named).status, 201);
  EXPECT_EQ(json_of(api.socket("GET", "/v1/suppressions"))["items"].size(), 2U);
  EXPECT_EQ(json_of(api.socket("GET", "/v1/suppressions?organisation=comune"))["items"].size(), 1U);
  EXPECT_EQ(api.socket("GET", "/v1/suppressions?address=anna@example.org").status, 400) << "whose?";
  EXPECT_EQ(json_of(api.socket("GET", "/v1/suppressions?organisation=comune&address=anna@example.org"))["items"].at(0)["id"], id);
  EXPECT_EQ(api.socket("DELETE", "/v1/suppressions/" + id).status, 200);
  const auto audit = api.socket("GET", "/v1/admin/audit?limit=3").body;
  EXPECT_THAT(audit, HasSubstr("suppression " + id + " removed"));
  EXPECT_THAT(audit, HasSubstr("organisation provincia: suppression "));
  EXPECT_THAT(audit, Not(HasSubstr("@example.org"))) << "the audit holds no personal data";
}

TEST_F(SuppressionsApi, lists_go_in_pages_newest_first) {
  std::vector<std::string> made;
  for (int i = 0; i < 3; ++i) made.push_back(json_of(add("a" + std::to_string(i) + "@example.org", api.keys.live))["id"]);
  const auto first = json_of(api.call("GET", "/v1/suppressions?limit=2", api.keys.live));
  ASSERT_EQ(first["items"].size(), 2U);
  EXPECT_EQ(first["items"][0]["id"], made[2]);
  const auto second = json_of(api.call("GET", "/v1/suppressions?limit=2&cursor=" + first["next_cursor"].get<std::string>(), api.keys.live));
  ASSERT_EQ(second["items"].size(), 1U);
  EXPECT_EQ(second["items"][0]["id"], made[0]);
  EXPECT_FALSE(second.contains("next_cursor"));
}

TEST_F(SuppressionsApi, an_erased_person_is_no_longer_excluded) {
  add("anna@example.org", api.keys.live);
  const auto done = json_of(api.admin("POST", "/v1/admin/erasures", api.keys.admin, {{"recipient", {{"email", "anna@example.org"}}}}));
  EXPECT_EQ(done["suppressions"], 1);
  EXPECT_EQ(items(), Json::array());
}

}  // namespace
}  // namespace messo::test
