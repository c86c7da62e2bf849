// Jobs that go out as SMS: which numbers take them, which senders may be used; who enters aliases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/api/running_api.hpp"

namespace messo::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class SmsPosting : public testing::Test {
 protected:
  // By the template's plan: SMS, then email.
  static Json job(const std::string& phone) {
    auto out = RunningApi::job();
    out["recipient"]["phone"] = phone;
    return out;
  }
  HttpAnswer post(const Json& what, const std::string& key) { return api.call("POST", "/v1/notifications", key, what); }
  HttpAnswer post(const std::string& phone = "333 1234567") { return post(job(phone), api.keys.live); }
  // "pointer code" of the only mistake.
  static std::string mistake(const HttpAnswer& answer) {
    const auto problem = json_of(answer);
    if (answer.status != 422 || problem.value("errors", Json::array()).size() != 1) return answer.body;
    return problem["errors"][0]["pointer"].get<std::string>() + " " + problem["errors"][0].value("code", "");
  }
  void change(const std::function<void(const DirectorySnapshot&, DirectoryChange&)>& edit) {
    const auto is = api.store().directory().snapshot();
    DirectoryChange change;
    change.actor = "test";
    edit(*is, change);
    ASSERT_TRUE(api.store().directory().apply(change, is->version, api.clock().now()));
  }
  void set_sender(const std::string& address) {
    change([&](const DirectorySnapshot& is, DirectoryChange& change) {
      change.services.push_back(is.services.at(api.service("comune", "sportello")));
      change.services.back().senders[Channel::sms].address = address;
    });
  }
  HttpAnswer enter(const std::string& alias, const std::string& state) {
    return api.admin("POST", "/v1/admin/sms-senders", api.keys.admin, {{"alias", alias}, {"state", state}});
  }
  RunningApi api;
};

TEST_F(SmsPosting, a_number_that_takes_no_sms_is_refused_by_its_kind) {
  EXPECT_EQ(post().status, 202);
  EXPECT_EQ(mistake(post("06 69821")), "#/recipient/phone phone_landline");
  EXPECT_EQ(mistake(post("899 123456")), "#/recipient/phone phone_premium");
  EXPECT_EQ(mistake(post("800 123456")), "#/recipient/phone phone_toll_free");
  EXPECT_EQ(mistake(post("112")), "#/recipient/phone phone_short_number");
  EXPECT_EQ(mistake(post("333 123")), "#/recipient/phone phone_invalid");
  EXPECT_THAT(post("06 69821").body, HasSubstr("give a mobile number, or leave SMS out of the plan"));
  EXPECT_EQ(mistake(post(job("06 69821"), api.keys.test)), "#/recipient/phone phone_landline") << "a trial tells as much";
}

TEST_F(SmsPosting, a_landline_is_fine_where_no_sms_is_sent) {
  auto mail = job("06 69821");
  mail["plan"] = {{{"channel", "email"}}};
  EXPECT_EQ(post(mail, api.keys.live).status, 202);
  auto mail_first = job("06 69821");
  mail_first["plan"] = {{{"channel", "email"}}, {{"channel", "sms"}}};
  EXPECT_EQ(mistake(post(mail_first, api.keys.live)), "#/recipient/phone phone_landline") << "a later step may need it";
}

TEST_F(SmsPosting, numbers_are_read_in_the_organisations_region) {
  EXPECT_EQ(mistake(post("0664 1234567")), "#/recipient/phone phone_landline") << "near Rome, in Italy";
  change([](const DirectorySnapshot& is, DirectoryChange& change) {
    change.organisations.push_back(*is.organisation_by_key("comune"));
    change.organisations.back().region = "AT";
  });
  const auto answer = post("0664 1234567");
  ASSERT_EQ(answer.status, 202) << answer.body;
  const auto id = json_of(answer)["id"].get<std::string>();
  EXPECT_EQ(json_of(api.call("GET", "/v1/notifications/" + id, api.keys.live))["recipient"]["phone"], "+436641234567");
  const Json excluded = {{"channel", "sms"}, {"address", "0664 1234567"}, {"reason", "chiesto"}};
  EXPECT_EQ(json_of(api.call("POST", "/v1/suppressions", api.keys.live, excluded))["address"], "+436641234567");
  EXPECT_EQ(json_of(api.call("GET", "/v1/suppressions?channel=sms&address=0664%201234567", api.keys.live))["items"].size(), 1u);
  const auto erased = api.admin("POST", "/v1/admin/erasures", api.keys.admin, {{"recipient", {{"phone", "0664 1234567"}}}});
  EXPECT_EQ(json_of(erased)["suppressions"], 1) << erased.body;
  const auto shown = json_of(api.admin("GET", "/v1/admin/organisations", api.keys.admin))["items"][0];
  EXPECT_EQ(shown["region"], "AT");
  EXPECT_EQ(shown["region_inherited"], false);
}

TEST_F(SmsPosting, an_alias_that_is_not_registered_is_refused_and_the_answer_says_how_it_stands) {
  set_sender("Comune");
  EXPECT_EQ(mistake(post()), "# sms_alias_not_registered");
  EXPECT_THAT(post().body, HasSubstr("\\\"Comune\\\" is not registered for this organisation (unknown)"));
  ASSERT_EQ(enter("Comune", "pending").status, 201);
  EXPECT_THAT(post().body, HasSubstr("(pending): once it is, enter it as registered"));
  ASSERT_EQ(enter("Comune", "refused").status, 200);
  EXPECT_THAT(post().body, HasSubstr("(refused)"));
  EXPECT_EQ(post(job("333 1234567"), api.keys.test).status, 202) << "test keys reach nobody";
  ASSERT_EQ(enter("Comune", "registered").status, 200);
  EXPECT_EQ(post().status, 202);
  set_sender("COMUNE");
  EXPECT_THAT(post().body, HasSubstr("\\\"Comune\\\" is: write the service's sender exactly so"));
  set_sender("+393331234567");
  EXPECT_EQ(post().status, 202) << "a number needs no registration";
}

TEST_F(SmsPosting, without_a_sender_of_its_own_the_providers_is_judged) {
  change([&](const DirectorySnapshot&, DirectoryChange& change) {
    Provider gateway;
    gateway.id = ProviderId::make(api.clock().now());
    gateway.key = "gestore";
    gateway.channel = Channel::sms;
    gateway.pool = "sms";
    gateway.config_json = R"({"host":"smsc","sender":"Gestore"})";
    change.providers.push_back(gateway);
  });
  EXPECT_EQ(mistake(post()), "# sms_alias_not_registered");
  EXPECT_THAT(post().body, HasSubstr("the provider \\\"gestore\\\""));
  ASSERT_EQ(enter("Comune", "registered").status, 201);
  EXPECT_EQ(post().status, 202) << "the organisation's only alias goes before the provider's";
  ASSERT_EQ(enter("Anagrafe", "registered").status, 201);
  EXPECT_EQ(mistake(post()), "# sms_alias_not_registered") << "two, and nobody said which";
  ASSERT_EQ(enter("Gestore", "registered").status, 201);
  EXPECT_EQ(post().status, 202);
}

TEST_F(SmsPosting, aliases_are_entered_listed_and_taken_out_by_administrators_of_their_organisation) {
  const std::string all = "/v1/admin/sms-senders";
  EXPECT_EQ(enter("Comune", "registered").status, 201);
  EXPECT_EQ(enter("Comune", "registered").status, 200) << "nothing changes, nothing is audited";
  EXPECT_EQ(enter("Città", "registered").status, 422);
  EXPECT_EQ(enter("Comune", "approved").status, 400);
  EXPECT_EQ(api.admin("POST", all, api.keys.admin, {{"alias", "Altro"}, {"state", "pending"}, {"registered_on", "ieri"}}).status, 422);
  EXPECT_EQ(api.admin("POST", all, api.keys.admin, {{"organisation", "provincia"}, {"alias", "Altro"}, {"state", "pending"}}).status, 422);
  EXPECT_EQ(
      api.admin("POST", all, api.keys.other_organisation, {{"alias", "Strade & C."}, {"state", "pending"}, {"note", "da maggio"}}).status,
      201);
  const auto mine = json_of(api.admin("GET", all, api.keys.admin))["items"];
  ASSERT_EQ(mine.size(), 1u);
  EXPECT_EQ(mine[0], (Json{{"organisation", "comune"}, {"alias", "Comune"}, {"state", "registered"}}));
  EXPECT_EQ(json_of(api.socket("GET", all))["items"].size(), 2u);
  EXPECT_EQ(json_of(api.socket("GET", all + "?organisation=provincia"))["items"][0]["note"], "da maggio");
  EXPECT_EQ(api.admin("DELETE", all + "?alias=Strade%20%26%20C.", api.keys.admin).status, 404);
  EXPECT_EQ(api.socket("DELETE", all + "?organisation=provincia&alias=Strade%20%26%20C.").status, 200);
  EXPECT_EQ(api.admin("DELETE", all + "?alias=Comune", api.keys.admin).status, 200);
  EXPECT_EQ(json_of(api.socket("GET", all))["items"].size(), 0u);
  const auto audit = json_of(api.socket("GET", "/v1/admin/audit?limit=10"))["items"];
  std::vector<std::string> sentences;
  for (const auto& entry : audit) sentences.push_back(entry["sentence"]);
  EXPECT_EQ(sentences, (std::vector<std::string>{"sms_sender comune \"Comune\": removed", "sms_sender provincia \"Strade & C.\": removed",
                                                 "sms_sender provincia \"Strade & C.\": added (pending)",
                                                 "sms_sender comune \"Comune\": added (registered)", "seeded"}));
}

TEST_F(SmsPosting, regions_and_senders_are_checked_when_they_are_entered) {
  EXPECT_EQ(api.socket("POST", "/v1/admin/organisations", {{"key", "a"}, {"name", "A"}, {"region", "ZZ"}}).status, 422);
  EXPECT_EQ(json_of(api.socket("POST", "/v1/admin/organisations", {{"key", "a"}, {"name", "A"}, {"region", "SM"}}))["region"], "SM");
  const auto inherited = json_of(api.socket("POST", "/v1/admin/organisations", {{"key", "b"}, {"name", "B"}, {"parent", "a"}}));
  EXPECT_EQ(inherited["region"], "SM");
  EXPECT_EQ(inherited["region_inherited"], true);
  const auto service = [&](const char* key, const char* sender) {
    return api.socket("POST", "/v1/admin/services",
                      {{"organisation", "a"}, {"key", key}, {"name", "S"}, {"senders", {{"sms", {{"address", sender}}}}}});
  };
  EXPECT_EQ(service("s", "Comune di Roma").status, 422);
  EXPECT_EQ(service("s", "Comune").status, 201);
}

}  // namespace
}  // namespace messo::test
