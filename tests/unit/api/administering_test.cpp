// Administration: the directory, templates, providers, figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/api/running_api.hpp"

namespace messo::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

class Administering : public testing::Test {
 protected:
  RunningApi api;
};

TEST_F(Administering, organisations_services_and_keys_are_added_and_audited) {
  ASSERT_EQ(api.socket("POST", "/v1/admin/organisations", {{"key", "frazione"}, {"name", "Frazione"}, {"parent", "comune"}}).status, 201);
  EXPECT_EQ(api.socket("POST", "/v1/admin/organisations", {{"key", "frazione"}, {"name", "Frazione"}}).status, 409);
  EXPECT_EQ(api.socket("POST", "/v1/admin/organisations", {{"key", "Bad Key"}, {"name", "x"}}).status, 422);
  const auto service = api.socket("POST", "/v1/admin/services",
                                  {{"organisation", "frazione"},
                                   {"key", "ufficio"},
                                   {"name", "Ufficio"},
                                   {"senders", {{"email", {{"address", "Ufficio@Frazione.example"}, {"name", "Ufficio"}}}}},
                                   {"limits", {{"requests_per_second", 50}}}});
  ASSERT_EQ(service.status, 201) << service.body;
  EXPECT_EQ(json_of(service)["senders"]["email"]["address"], "Ufficio@frazione.example");
  const auto key =
      api.socket("POST", "/v1/admin/keys", {{"service", "frazione/ufficio"}, {"name", "prima"}, {"kind", "test"}, {"scopes", {"send"}}});
  ASSERT_EQ(key.status, 201) << key.body;
  const auto secret = json_of(key)["secret"].get<std::string>();
  EXPECT_THAT(secret, testing::StartsWith("messo_test_"));
  EXPECT_EQ(api.call("GET", "/v1/templates", secret).status, 200);
  EXPECT_EQ(api.socket("GET", "/v1/admin/keys?service=frazione/ufficio").body.find(secret), std::string::npos);
  const auto audit = api.socket("GET", "/v1/admin/audit?limit=10");
  EXPECT_THAT(audit.body, HasSubstr("key prima of frazione/ufficio: added (test, send)"));
  EXPECT_THAT(audit.body, HasSubstr("over the Unix socket"));
  EXPECT_EQ(audit.body.find(secret), std::string::npos);
}

TEST_F(Administering, an_organisations_admin_key_reaches_its_own_organisation_only) {
  EXPECT_EQ(json_of(api.admin("GET", "/v1/admin/organisations", api.keys.admin))["items"].size(), 1u);
  const auto services = json_of(api.admin("GET", "/v1/admin/services", api.keys.admin));
  for (const auto& service : services.at("items")) EXPECT_EQ(service["organisation"], "comune");
  const auto shown = json_of(api.admin("GET", "/v1/admin/keys", api.keys.admin));
  for (const auto& key : shown.at("items")) EXPECT_THAT(key["service"].get<std::string>(), testing::StartsWith("comune/"));
  EXPECT_EQ(api.admin("POST", "/v1/admin/organisations", api.keys.admin, {{"key", "x"}, {"name", "x"}}).status, 403);
  EXPECT_EQ(api.admin("POST", "/v1/admin/services", api.keys.admin, {{"organisation", "provincia"}, {"key", "x"}, {"name", "x"}}).status,
            422);
  EXPECT_EQ(
      api.admin("POST", "/v1/admin/keys", api.keys.admin, {{"service", "provincia/strade"}, {"name", "x"}, {"scopes", {"send"}}}).status,
      422);
  EXPECT_EQ(api.admin("GET", "/v1/admin/templates?organisation=provincia", api.keys.admin).status, 422);
  std::string foreign;
  for (const auto& key : api.store().directory().snapshot()->keys) {
    if (key.service == api.service("provincia", "strade")) foreign = key.id.to_string();
  }
  EXPECT_EQ(api.admin("POST", "/v1/admin/keys/" + foreign + "/revoke", api.keys.admin).status, 404);
  EXPECT_EQ(api.admin("POST", "/v1/admin/providers/posta/pause", api.keys.admin, Json::object()).status, 403);
}

TEST_F(Administering, a_provider_is_paused_resumed_and_shown_without_secrets) {
  const auto paused = api.socket("POST", "/v1/admin/providers/posta/pause", {{"reason", "manutenzione"}});
  ASSERT_EQ(paused.status, 200) << paused.body;
  EXPECT_EQ(json_of(paused)["state"], "paused");
  EXPECT_EQ(json_of(paused)["pause_reason"], "manutenzione");
  const auto list = api.socket("GET", "/v1/admin/providers");
  EXPECT_EQ(json_of(list)["items"].size(), 2u);
  EXPECT_THAT(list.body, HasSubstr("mail.example.it"));
  EXPECT_EQ(list.body.find("segretissimo"), std::string::npos);
  EXPECT_EQ(api.admin("GET", "/v1/admin/providers", api.keys.admin).body.find("mail.example.it"), std::string::npos);
  const auto resumed = api.socket("POST", "/v1/admin/providers/posta/resume");
  EXPECT_EQ(json_of(resumed)["paused"], false);
  EXPECT_EQ(api.socket("POST", "/v1/admin/providers/posta/resume").status, 200);
  EXPECT_EQ(api.socket("POST", "/v1/admin/providers/nessuno/pause", Json::object()).status, 404);
}

TEST_F(Administering, a_person_is_erased_by_any_form_of_an_address_and_the_audit_tells_numbers_only) {
  auto later = RunningApi::job();
  later["send_at"] = to_rfc3339(api.clock().now() + std::chrono::hours(24));
  const auto post = [&](const Json& job) {
    return json_of(api.call("POST", "/v1/notifications", api.keys.live, job))["id"].get<std::string>();
  };
  const auto sent = post(RunningApi::job()), waiting = post(later);
  api.deliver(sent);
  auto somebody = RunningApi::job();
  somebody["recipient"]["email"] = "bruno@example.org";
  const auto other = post(somebody);

  const Json whom = {{"recipient", {{"email", "anna@EXAMPLE.org"}, {"phone", "333 1234567"}}}};
  EXPECT_EQ(api.admin("POST", "/v1/admin/erasures", api.keys.other_organisation, whom).status, 200);
  const auto read = [&](const std::string& id) { return json_of(api.call("GET", "/v1/notifications/" + id, api.keys.live)); };
  EXPECT_TRUE(read(sent).contains("recipient")) << "another organisation's erasure reaches nothing here";

  const auto done = json_of(api.admin("POST", "/v1/admin/erasures", api.keys.admin, whom));
  EXPECT_EQ(done, (Json{{"organisation", "comune"}, {"erased", 2}, {"cancelled", 1}, {"left", 0}, {"suppressions", 0}}));
  EXPECT_FALSE(read(sent).contains("recipient"));
  EXPECT_EQ(read(waiting)["status"], "cancelled");
  EXPECT_TRUE(read(other).contains("recipient"));
  const auto audit = api.socket("GET", "/v1/admin/audit").body;
  EXPECT_THAT(audit,
              HasSubstr("organisation comune: a person's data erased (2 notifications, 1 of them cancelled; 0 left; 0 suppressions)"));
  EXPECT_EQ(audit.find("anna"), std::string::npos);

  EXPECT_EQ(api.socket("POST", "/v1/admin/erasures", whom).status, 422) << "the socket has no organisation of its own";
  EXPECT_EQ(api.socket("POST", "/v1/admin/erasures", {{"organisation", "comune"}, {"recipient", whom["recipient"]}}).status, 200);
  EXPECT_EQ(
      api.admin("POST", "/v1/admin/erasures", api.keys.admin, {{"organisation", "provincia"}, {"recipient", whom["recipient"]}}).status,
      422);
}

TEST_F(Administering, a_template_goes_in_as_a_draft_is_published_and_comes_back_byte_for_byte) {
  const Json files = {{"template.toml", "key = \"nuovo\"\ntitle = \"Nuovo\"\nclass = \"courtesy\"\nlanguage = \"it\"\n"},
                      {"it/email.subject.mustache", "Nuovo messaggio"},
                      {"it/email.text.mustache", "Testo è qui\n"}};
  const auto imported = api.admin("POST", "/v1/admin/templates", api.keys.admin, {{"key", "nuovo"}, {"files", files}});
  ASSERT_EQ(imported.status, 200) << imported.body;
  EXPECT_EQ(json_of(imported)["state"], "draft");
  EXPECT_EQ(json_of(api.admin("GET", "/v1/admin/templates/nuovo", api.keys.admin))["files"], files);
  auto job = RunningApi::job();
  job["template"] = "nuovo";
  job["data"] = Json::object();
  job["plan"] = {{{"channel", "email"}}};
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.live, job).status, 422);
  EXPECT_EQ(json_of(api.admin("POST", "/v1/admin/templates/nuovo/publish", api.keys.admin))["state"], "published");
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.live, job).status, 202);
  EXPECT_EQ(api.admin("POST", "/v1/admin/templates/nuovo/publish", api.keys.admin).status, 409);
  job["template"] = "nuovo@1";
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.live, job).status, 202);
  job["template"] = "nuovo@2";
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.live, job).status, 422);
  EXPECT_EQ(api.admin("POST", "/v1/admin/templates/nuovo/archive", api.keys.admin).status, 200);
  job["template"] = "nuovo";
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.live, job).status, 422);
  EXPECT_EQ(api.admin("POST", "/v1/admin/templates/manca/archive", api.keys.admin).status, 404);
}

TEST_F(Administering, a_broken_template_is_refused_naming_file_and_line) {
  const Json broken = {{"key", "rotto"}, {"files", {{"template.toml", "key = \"rotto\"\ntitel = \"x\"\n"}}}};
  const auto refused = api.admin("POST", "/v1/admin/templates", api.keys.admin, broken);
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(refused.body, HasSubstr("template.toml:2"));
  const Json syntax = {{"key", "rotto"},
                       {"files",
                        {{"template.toml", "key = \"rotto\"\ntitle = \"x\"\nclass = \"courtesy\"\nlanguage = \"it\"\n"},
                         {"it/email.subject.mustache", "x"},
                         {"it/email.text.mustache", "{{#aperto}}\n"}}}};
  const auto imported = api.admin("POST", "/v1/admin/templates", api.keys.admin, syntax);
  if (imported.status == 200) {
    EXPECT_FALSE(json_of(imported)["warnings"].empty());
    EXPECT_EQ(api.admin("POST", "/v1/admin/templates/rotto/publish", api.keys.admin).status, 422);
  } else {
    EXPECT_EQ(imported.status, 422);
  }
}

TEST_F(Administering, metrics_tell_accepted_depth_connections_and_durations) {
  api.call("POST", "/v1/notifications", api.keys.live, RunningApi::job());
  api.call("POST", "/v1/notifications", api.keys.live, Json::object());
  // A duration is counted after its answer has been sent.
  HttpAnswer metrics;
  ASSERT_TRUE(wait_until([&] {
    metrics = api.admin("GET", "/metrics");
    return metrics.body.find("status=\"2xx\"} 1") != std::string::npos && metrics.body.find("status=\"4xx\"} 1") != std::string::npos;
  }));
  EXPECT_THAT(metrics.body, HasSubstr(R"(messo_notifications_accepted_total{mode="live",priority="normal"} 1)"));
  EXPECT_THAT(metrics.body, HasSubstr(R"(messo_notifications_refused_total{status="400"} 1)"));
  EXPECT_THAT(metrics.body, HasSubstr(R"(messo_queue_depth{pool="email",priority="normal",phase="waiting"} 1)"));
  EXPECT_THAT(metrics.body, HasSubstr("messo_queue_oldest_seconds"));
  EXPECT_THAT(metrics.body, HasSubstr("messo_store_commit_seconds"));
  EXPECT_THAT(metrics.body, HasSubstr(R"(messo_http_request_seconds_count{method="POST",route="/v1/notifications",status="2xx"} 1)"));
  EXPECT_THAT(metrics.body, HasSubstr("messo_http_connections "));
}

TEST(Applying, the_document_goes_to_the_handler_with_who_asked) {
  RunningApiOptions options;
  Json seen;
  options.apply = [&](const Json& document, bool dry_run, const std::string& actor) -> Result<Json> {
    seen = {{"document", document}, {"dry_run", dry_run}, {"actor", actor}};
    if (document.contains("bad")) return fail_field("/bad", "bad_configuration", "there is no such key");
    return Json{{"dry_run", dry_run}, {"changes", Json::array({"organisation x: added"})}};
  };
  RunningApi api(options);
  const auto applied = api.socket("POST", "/v1/admin/apply?dry_run=true", {{"organisation", Json::array()}});
  EXPECT_EQ(applied.status, 200) << applied.body;
  EXPECT_EQ(json_of(applied)["changes"].size(), 1u);
  EXPECT_EQ(seen["dry_run"], true);
  EXPECT_THAT(seen["actor"].get<std::string>(), HasSubstr("uid "));
  EXPECT_EQ(api.socket("POST", "/v1/admin/apply", {{"bad", 1}}).status, 422);
  EXPECT_EQ(api.admin("POST", "/v1/admin/apply", api.keys.admin, Json::object()).status, 403);
  EXPECT_EQ(api.socket("POST", "/v1/admin/apply", Json::array()).status, 400);
}

}  // namespace
}  // namespace messo::test
