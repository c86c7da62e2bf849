// Posting a notification: what is accepted, and what every mistake is answered with.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.hpp"
#include "unit/api/running_api.hpp"

namespace messo::test {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class Posting : public testing::Test {
 protected:
  HttpAnswer post(const Json& job, std::string_view fields = {}) {
    return api.call("POST", "/v1/notifications", api.keys.live, job, fields);
  }
  // The pointers of all findings.
  static std::vector<std::string> pointers(const HttpAnswer& answer) {
    std::vector<std::string> out;
    const auto problem = json_of(answer);
    for (const auto& error : problem.at("errors")) out.push_back(error.value("pointer", ""));
    return out;
  }
  std::uint64_t stored() { return api.store().ledger().books()->accepted; }
  RunningApi api;
};

TEST_F(Posting, is_answered_with_202_and_the_place_where_it_can_be_followed) {
  auto job = RunningApi::job();
  job["reference"] = "PRATICA-7";
  job["labels"] = {{"ufficio", "SUE"}};
  job["protocol"] = "2026/0001";
  job["case"] = "F-1";
  job["priority"] = "urgent";
  const auto answer = post(job);
  ASSERT_EQ(answer.status, 202) << answer.body;
  const auto id = json_of(answer)["id"].get<std::string>();
  EXPECT_EQ(answer.field("Location"), "http://hub.example/v1/notifications/" + id);
  EXPECT_EQ(json_of(answer)["status"], "queued");

  const auto shown = json_of(api.call("GET", "/v1/notifications/" + id, api.keys.live));
  EXPECT_EQ(shown["reference"], "PRATICA-7");
  EXPECT_EQ(shown["protocol"], "2026/0001");
  EXPECT_EQ(shown["case"], "F-1");
  EXPECT_EQ(shown["labels"]["ufficio"], "SUE");
  EXPECT_EQ(shown["priority"], "urgent");
  EXPECT_EQ(shown["recipient"]["email"], "anna@example.org");
  EXPECT_EQ(shown["service"], "sportello");
  ASSERT_EQ(shown["steps"].size(), 2u);
  EXPECT_EQ(shown["steps"][0]["state"], "skipped") << "no phone: the SMS step cannot be worked";
  EXPECT_EQ(shown["steps"][1]["state"], "active");
  EXPECT_EQ(shown["steps"][1]["deliveries"][0]["phase"], "due");
  EXPECT_EQ(shown["timeline"][0]["kind"], "accepted");
}

TEST_F(Posting, validate_only_checks_everything_and_stores_nothing) {
  const auto good = api.call("POST", "/v1/notifications?validate=only", api.keys.live, RunningApi::job());
  EXPECT_EQ(good.status, 200) << good.body;
  EXPECT_EQ(json_of(good)["valid"], true);
  EXPECT_EQ(json_of(good)["language"], "it");
  auto bad = RunningApi::job();
  bad["data"] = Json::object();
  EXPECT_EQ(api.call("POST", "/v1/notifications?validate=only", api.keys.live, bad).status, 422);
  EXPECT_EQ(api.call("POST", "/v1/notifications?validate=maybe", api.keys.live, bad).status, 400);
  EXPECT_EQ(stored(), 0u);
}

TEST_F(Posting, a_body_that_is_no_json_or_no_object_is_malformed) {
  for (const auto* body : {"{", "nonsense", "[]", "\"a\"", "{\"a\":1}x", "{\"template\":\"\\ud800\"}", "{\"a\":1,\"a\":2}", "\xff\xfe"}) {
    RawClient client(api.port());
    const auto answer = client.exchange(request_text("POST", "/v1/notifications", api.keys.live, body));
    ASSERT_TRUE(answer) << body;
    EXPECT_EQ(answer->status, 400) << body << answer->body;
    EXPECT_EQ(answer->field("Content-Type"), "application/problem+json");
  }
  EXPECT_EQ(stored(), 0u);
}

TEST_F(Posting, deep_nesting_is_refused_without_falling_over) {
  const std::string body = std::string(100'000, '[');
  RawClient client(api.port());
  EXPECT_EQ(client.exchange(request_text("POST", "/v1/notifications", api.keys.live, body))->status, 400);
}

TEST_F(Posting, every_wrong_field_is_named_at_once_with_its_remedy) {
  const Json job = {{"template", 7},
                    {"recipiant", Json::object()},
                    {"recipient", {{"email", "nonsense"}, {"phone", "12"}, {"langauge", "it"}, {"fiscal_code", "RSSMRA80A01H501X"}}},
                    {"priority", "soon"},
                    {"send_at", "tomorrow"},
                    {"labels", {{"a", 1}}},
                    {"data", "no"},
                    {"attachments", {{{"name", "../x"}, {"content_type", "pdf"}, {"content", "*"}}}}};
  const auto answer = post(job);
  ASSERT_EQ(answer.status, 400) << answer.body;
  EXPECT_THAT(pointers(answer),
              UnorderedElementsAre("#/template", "#/recipiant", "#/recipient/email", "#/recipient/phone", "#/recipient/langauge",
                                   "#/recipient/fiscal_code", "#/priority", "#/send_at", "#/labels/a", "#/data", "#/attachments/0/name",
                                   "#/attachments/0/content_type", "#/attachments/0/content"));
  EXPECT_THAT(answer.body, HasSubstr("did you mean \\\"recipient\\\"?"));
  EXPECT_THAT(answer.body, HasSubstr("did you mean \\\"language\\\"?"));
  EXPECT_EQ(answer.body.find("nonsense"), std::string::npos) << "addresses are not echoed";
  EXPECT_EQ(stored(), 0u);
}

TEST_F(Posting, an_unknown_template_language_or_missing_data_is_unprocessable) {
  auto job = RunningApi::job();
  job["template"] = "avvisi";
  auto answer = post(job);
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(pointers(answer), UnorderedElementsAre("#/template"));
  job["template"] = "bozza";
  EXPECT_EQ(post(job).status, 422) << "a draft cannot be sent";

  job = RunningApi::job();
  job["recipient"]["language"] = "fr";
  job["data"] = {{"scadenza", "domani"}, {"scadensa", "x"}};
  answer = post(job);
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(pointers(answer),
              testing::IsSupersetOf({std::string("#/recipient/language"), std::string("#/data/nome"), std::string("#/data/scadenza")}));
  EXPECT_THAT(answer.body, HasSubstr("it offers it, en"));
  EXPECT_EQ(stored(), 0u);
}

TEST_F(Posting, the_language_falls_back_along_the_templates_chain_only) {
  auto job = RunningApi::job();
  job["recipient"]["language"] = "en-GB";
  const auto id = json_of(post(job))["id"].get<std::string>();
  EXPECT_EQ(json_of(api.call("GET", "/v1/notifications/" + id, api.keys.live))["language"], "en");
}

TEST_F(Posting, without_a_usable_step_the_answer_says_what_is_missing) {
  auto job = RunningApi::job();
  job["recipient"] = {{"name", "Anna"}, {"pec", "anna@pec.example.it"}};
  const auto answer = post(job);
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(answer.body, HasSubstr("recipient.phone, recipient.email"));
}

TEST_F(Posting, a_legal_notification_never_falls_back_to_a_channel_without_legal_effect) {
  Json job = {{"template", "atto"}, {"recipient", {{"email", "anna@example.org"}}}};
  const auto refused = post(job);
  EXPECT_EQ(refused.status, 422) << refused.body;
  EXPECT_THAT(refused.body, HasSubstr("recipient.pec"));
  job["recipient"]["pec"] = "Anna@PEC.Example.it";
  const auto accepted = post(job);
  ASSERT_EQ(accepted.status, 202) << accepted.body;
  const auto shown = json_of(api.call("GET", "/v1/notifications/" + json_of(accepted)["id"].get<std::string>(), api.keys.live));
  EXPECT_EQ(shown["recipient"]["pec"], "Anna@pec.example.it");
  EXPECT_EQ(shown["steps"][0]["deliveries"][0]["pool"], "pec");
}

TEST_F(Posting, a_plan_of_its_own_is_checked_against_template_and_channels) {
  auto job = RunningApi::job();
  job["plan"] = {{{"channel", "email"}, {"success", "delivered"}},
                 {{"channel", "pec"}},
                 {{"channel", "sms"}, {"pool", "nowhere"}},
                 {{"channel", "email"}, {"wait_seconds", 0}}};
  const auto answer = post(job);
  EXPECT_EQ(answer.status, 422) << answer.body;
  EXPECT_THAT(pointers(answer), UnorderedElementsAre("#/plan/0/success", "#/plan/1/channel", "#/plan/2/pool", "#/plan/3/wait_seconds"));
  job["plan"] = {{{"channel", "email"}, {"wait_seconds", 60}}};
  EXPECT_EQ(post(job).status, 202);
  job["plan"] = Json::array();
  EXPECT_EQ(post(job).status, 422);
}

TEST_F(Posting, times_must_agree_with_each_other_and_with_the_calendar) {
  auto job = RunningApi::job();
  const auto now = api.clock().now();
  const auto at = [&](std::chrono::hours h) { return to_rfc3339(now + h); };
  using std::chrono::hours;
  job["send_at"] = at(hours(-48));
  EXPECT_EQ(post(job).status, 422);
  job["send_at"] = at(hours(24 * 400));
  EXPECT_EQ(post(job).status, 422);
  job["send_at"] = at(hours(2));
  job["expires_at"] = at(hours(1));
  EXPECT_EQ(post(job).status, 422);
  job["expires_at"] = at(hours(3));
  const auto answer = post(job);
  ASSERT_EQ(answer.status, 202) << answer.body;
  const auto shown = json_of(api.call("GET", "/v1/notifications/" + json_of(answer)["id"].get<std::string>(), api.keys.live));
  EXPECT_EQ(shown["steps"][1]["deliveries"][0]["phase"], "scheduled");
  EXPECT_EQ(shown["steps"][1]["deliveries"][0]["expires_at"], at(hours(3)));
}

TEST_F(Posting, what_was_rendered_is_kept_for_a_delivery_that_is_due_and_only_for_that) {
  auto job = RunningApi::job();
  job["send_at"] = to_rfc3339(api.clock().now() + std::chrono::hours(2));
  ASSERT_EQ(post(job).status, 202);
  job["data"] = Json::object();
  ASSERT_EQ(post(job).status, 422);
  ASSERT_EQ(api.call("POST", "/v1/notifications?validate=only", api.keys.live, RunningApi::job()).status, 200);
  EXPECT_EQ(api.kept().bytes(), 0u);
  const auto answer = post(RunningApi::job(), "Idempotency-Key: k-1\r\n");
  ASSERT_EQ(answer.status, 202);
  const auto kept = api.kept().bytes();
  EXPECT_GT(kept, 0u);
  ASSERT_EQ(post(RunningApi::job(), "Idempotency-Key: k-1\r\n").status, 202);
  EXPECT_EQ(api.kept().bytes(), kept) << "a repetition is nobody's delivery";

  const auto shown = json_of(api.call("GET", "/v1/notifications/" + json_of(answer)["id"].get<std::string>(), api.keys.live));
  const auto message = api.kept().take(*DeliveryId::parse(shown["steps"][1]["deliveries"][0]["id"].get<std::string>()));
  ASSERT_TRUE(message);
  EXPECT_EQ(message->channel, Channel::email);
  EXPECT_NE(message->part("text"), nullptr);
}

TEST_F(Posting, attachments_are_kept_as_blobs_and_bounded) {
  auto job = RunningApi::job();
  job["attachments"] = {{{"name", "avviso.pdf"}, {"content_type", "application/pdf"}, {"content", to_base64("%PDF-1.7")}}};
  const auto answer = post(job);
  ASSERT_EQ(answer.status, 202) << answer.body;
  const auto shown = json_of(api.call("GET", "/v1/notifications/" + json_of(answer)["id"].get<std::string>(), api.keys.live));
  EXPECT_EQ(shown["attachments"][0]["name"], "avviso.pdf");
  EXPECT_EQ(shown["attachments"][0]["size"], 8);
  const BlobId blob{sha256("%PDF-1.7")};
  const auto organisation = api.store().directory().snapshot()->organisation_by_key("comune")->id;
  EXPECT_EQ(api.store().blobs().read(organisation, blob, 0, 100).value_or(""), "%PDF-1.7");

  job["attachments"][0]["content"] = to_base64(std::string(10 * 1024 * 1024, 'x'));
  EXPECT_EQ(post(job).status, 202) << "ten megabytes in base64 fit";
  job["attachments"][0]["content"] = to_base64(std::string(10 * 1024 * 1024 + 1, 'x'));
  const auto refused = post(job);
  EXPECT_EQ(refused.status, 422);
  EXPECT_THAT(pointers(refused), UnorderedElementsAre("#/attachments"));
}

TEST_F(Posting, an_idempotency_key_gives_the_same_answer_to_the_same_body_only) {
  const auto first = post(RunningApi::job(), "Idempotency-Key: k-1\r\n");
  ASSERT_EQ(first.status, 202);
  EXPECT_EQ(first.field("Idempotent-Replayed"), "");
  const auto second = post(RunningApi::job(), "Idempotency-Key: k-1\r\n");
  EXPECT_EQ(second.status, 202);
  EXPECT_EQ(second.field("Idempotent-Replayed"), "true");
  EXPECT_EQ(second.body, first.body);
  auto other = RunningApi::job();
  other["reference"] = "another";
  EXPECT_EQ(post(other, "Idempotency-Key: k-1\r\n").status, 409);
  EXPECT_EQ(stored(), 1u);
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.other_service, RunningApi::job(), "Idempotency-Key: k-1\r\n").status, 202);
  EXPECT_EQ(stored(), 2u) << "keys belong to their service";
  EXPECT_EQ(post(other, "Idempotency-Key: \r\n").status, 400);
}

TEST_F(Posting, a_replay_is_answered_even_when_the_body_would_no_longer_pass) {
  const auto first = post(RunningApi::job(), "Idempotency-Key: k-2\r\n");
  ASSERT_EQ(first.status, 202);
  ASSERT_EQ(api.admin("POST", "/v1/admin/templates/avviso/archive", api.keys.admin).status, 200);
  EXPECT_EQ(post(RunningApi::job()).status, 422);
  const auto again = post(RunningApi::job(), "Idempotency-Key: k-2\r\n");
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(again.body, first.body);
}

TEST_F(Posting, a_refusal_is_not_remembered_under_the_idempotency_key) {
  auto job = RunningApi::job();
  job["data"] = Json::object();
  EXPECT_EQ(post(job, "Idempotency-Key: k-3\r\n").status, 422);
  EXPECT_EQ(post(RunningApi::job(), "Idempotency-Key: k-3\r\n").status, 202);
}

TEST_F(Posting, a_test_key_sends_through_the_test_pool_and_shows_it) {
  const auto answer = api.call("POST", "/v1/notifications", api.keys.test, RunningApi::job());
  ASSERT_EQ(answer.status, 202);
  EXPECT_EQ(json_of(answer)["mode"], "test");
  const auto id = json_of(answer)["id"].get<std::string>();
  EXPECT_EQ(json_of(api.call("GET", "/v1/notifications/" + id, api.keys.live))["steps"][1]["deliveries"][0]["pool"], "test");
  api.deliver(id, Change::sent_simulated);
  const auto shown = json_of(api.call("GET", "/v1/notifications/" + id, api.keys.live));
  EXPECT_EQ(shown["status"], "simulated");
  EXPECT_EQ(shown["simulated"], true);
}

TEST_F(Posting, a_wrong_content_type_is_refused) {
  EXPECT_EQ(post(RunningApi::job(), "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(post(RunningApi::job(), "Content-Type: application/json; charset=utf-8\r\n").status, 202);
}

TEST_F(Posting, without_a_plan_of_its_own_nor_the_templates_the_answer_names_the_channels_there_are) {
  const RunningApi::Files files = {{"template.toml", "key = \"libero\"\ntitle = \"Libero\"\nclass = \"courtesy\"\nlanguage = \"it\"\n"},
                                   {"it/email.subject.mustache", "Libero"},
                                   {"it/email.text.mustache", "Libero\n"},
                                   {"it/sms.text.mustache", "Libero"}};
  api.add_template("libero", files);
  Json job = {{"template", "libero"}, {"recipient", {{"email", "anna@example.org"}}}};
  for (const auto* target : {"/v1/notifications", "/v1/notifications?validate=only"}) {
    const auto answer = api.call("POST", target, api.keys.live, job);
    EXPECT_EQ(answer.status, 422) << answer.body;
    EXPECT_THAT(pointers(answer), UnorderedElementsAre("#/plan"));
    EXPECT_THAT(answer.body, HasSubstr("email, sms"));
  }
  job["plan"] = {{{"channel", "email"}}};
  EXPECT_EQ(post(job).status, 202);
}

// Versions of "avviso" beside the first: 2 published, 3 a draft.
class PostingVersions : public Posting {
 protected:
  PostingVersions() {
    api.add_template("avviso", files("due"));
    api.add_template("avviso", files("tre"), false);
  }
  static RunningApi::Files files(const std::string& word) {
    return {{"template.toml",
             "key = \"avviso\"\ntitle = \"Avviso\"\nclass = \"courtesy\"\nlanguage = \"it\"\n[[plan]]\nchannel = \"email\"\n"
             "[variables.nome]\ntype = \"string\"\nexample = \"Anna\"\n"},
            {"it/email.subject.mustache", "Avviso " + word},
            {"it/email.text.mustache", "Gentile {{nome}}, " + word + "\n"}};
  }
  HttpAnswer post_version(const std::string& version, std::string_view query = "") {
    auto job = RunningApi::job();
    job["template"] = "avviso@" + version;
    return api.call("POST", "/v1/notifications" + std::string(query), api.keys.live, job);
  }
};

TEST_F(PostingVersions, any_version_that_was_published_can_be_named) {
  EXPECT_EQ(json_of(post_version("1", "?validate=only"))["version"], 1);
  EXPECT_EQ(json_of(post_version("2", "?validate=only"))["version"], 2);
  const auto answer = post_version("1");
  ASSERT_EQ(answer.status, 202) << answer.body;
  const auto shown = json_of(api.call("GET", "/v1/notifications/" + json_of(answer)["id"].get<std::string>(), api.keys.live));
  EXPECT_EQ(shown["version"], 1);
  EXPECT_EQ(shown["template"], "avviso");
  EXPECT_EQ(shown["steps"].size(), 2u) << "the plan of that version";
}

TEST_F(PostingVersions, a_draft_or_a_version_that_is_not_there_is_refused_with_the_published_one) {
  const auto draft = post_version("3");
  EXPECT_EQ(draft.status, 422);
  EXPECT_THAT(pointers(draft), UnorderedElementsAre("#/template"));
  EXPECT_THAT(draft.body, HasSubstr("is a draft: publish it first"));
  EXPECT_THAT(draft.body, HasSubstr("now it is 2"));
  const auto unknown = post_version("9");
  EXPECT_EQ(unknown.status, 422);
  EXPECT_THAT(unknown.body, HasSubstr("no such version of the template; published is 2"));
  EXPECT_EQ(stored(), 0u);
  ASSERT_EQ(api.admin("POST", "/v1/admin/templates/avviso/publish?version=3", api.keys.admin).status, 200);
  EXPECT_EQ(post_version("3").status, 202) << "published meanwhile";
  EXPECT_EQ(post_version("2").status, 202) << "published before";
}

TEST_F(PostingVersions, a_template_that_was_archived_takes_its_older_versions_with_it) {
  ASSERT_EQ(post_version("1").status, 202);
  ASSERT_EQ(api.admin("POST", "/v1/admin/templates/avviso/archive", api.keys.admin).status, 200);
  for (const auto* version : {"1", "2", "3"}) {
    const auto answer = post_version(version);
    EXPECT_EQ(answer.status, 422) << version;
    EXPECT_THAT(answer.body, HasSubstr("no published template with this key"));
  }
}

TEST_F(Posting, an_sms_past_the_days_budget_is_refused_until_the_day_ends) {
  auto service = api.store().directory().snapshot()->services.at(api.service("comune", "sportello"));
  service.limits.sms.segments_per_day = 2;
  DirectoryChange change;
  change.services = {service};
  ASSERT_TRUE(api.store().directory().apply(change, api.store().directory().snapshot()->version, api.clock().now()));
  auto sms = RunningApi::job();
  sms["recipient"] = {{"phone", "+393331234567"}};
  sms["plan"] = {{{"channel", "sms"}}};
  const auto checked = json_of(api.call("POST", "/v1/notifications?validate=only", api.keys.live, sms));
  ASSERT_TRUE(checked.contains("sms")) << checked;
  const auto segments = checked["sms"]["segments"].get<unsigned>();
  ASSERT_LE(segments, 2U);
  const auto first = post(sms, "Idempotency-Key: a\r\n");
  ASSERT_EQ(first.status, 202) << first.body;
  for (unsigned taken = segments; taken + segments <= 2; taken += segments) ASSERT_EQ(post(sms).status, 202);
  const auto refused = post(sms);
  EXPECT_EQ(refused.status, 429) << refused.body;
  EXPECT_EQ(json_of(refused)["type"], "urn:messo:problem:sms_budget_exceeded");
  EXPECT_THAT(json_of(refused)["detail"].get<std::string>(), HasSubstr("service comune/sportello is 2 segments a day"));
  EXPECT_GT(std::stoi(refused.field("Retry-After")), 0);
  EXPECT_EQ(json_of(post(sms, "Idempotency-Key: a\r\n"))["id"], json_of(first)["id"]) << "a repeated request has its answer already";
  EXPECT_EQ(post(RunningApi::job()).status, 202) << "other channels go on";
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.test, sms).status, 202) << "test keys are free";
  const auto usage = json_of(api.socket("GET", "/v1/admin/usage"));
  std::map<std::string, Json> by_payer;
  for (const auto& row : usage["items"]) by_payer[row["payer"]] = row;
  EXPECT_EQ(by_payer["comune/sportello"]["segments"], 2);
  EXPECT_EQ(by_payer["comune/sportello"]["segments_left"], 0);
  EXPECT_EQ(by_payer["comune"]["segments"], 2);
  EXPECT_FALSE(by_payer["comune"].contains("segments_left")) << "it has no budget";
  EXPECT_TRUE(json_of(api.admin("GET", "/v1/admin/usage?organisation=provincia", api.keys.admin)).contains("errors"))
      << "another organisation is none of its business";
}

TEST_F(Posting, a_service_with_too_many_open_notifications_is_told_to_wait_and_others_are_not) {
  auto service = api.store().directory().snapshot()->services.at(api.service("comune", "sportello"));
  service.limits.queued = 2;
  DirectoryChange change;
  change.services = {service};
  ASSERT_TRUE(api.store().directory().apply(change, api.store().directory().snapshot()->version, api.clock().now()));
  const auto first = post(RunningApi::job(), "Idempotency-Key: a\r\n");
  ASSERT_EQ(first.status, 202);
  ASSERT_EQ(post(RunningApi::job()).status, 202);
  const auto full = post(RunningApi::job());
  EXPECT_EQ(full.status, 429) << full.body;
  EXPECT_EQ(full.field("Content-Type"), "application/problem+json");
  EXPECT_EQ(json_of(full)["type"], "urn:messo:problem:service_queue_full");
  EXPECT_GT(std::stoi(full.field("Retry-After")), 0);
  EXPECT_EQ(post(RunningApi::job(), "Idempotency-Key: a\r\n").status, 202) << "a repeated request has its answer already";
  EXPECT_EQ(api.call("POST", "/v1/notifications?validate=only", api.keys.live, RunningApi::job()).status, 200);
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.other_service, RunningApi::job()).status, 202);

  auto heavy = RunningApi::job();
  heavy["attachments"] = {{{"name", "a.txt"}, {"content_type", "text/plain"}, {"content", to_base64("pesante")}}};
  EXPECT_EQ(post(heavy).status, 429);
  EXPECT_FALSE(api.store().blobs().size(service.organisation, BlobId{sha256("pesante")})) << "nothing is written for what is refused";

  api.deliver(json_of(first)["id"].get<std::string>());
  EXPECT_EQ(post(heavy).status, 202);
}

TEST(PostingFull, past_its_limits_the_hub_answers_503_with_retry_after) {
  RunningApiOptions options;
  options.admission.max_open = 1;
  RunningApi api(options);
  ASSERT_EQ(api.call("POST", "/v1/notifications", api.keys.live, RunningApi::job(), "Idempotency-Key: a\r\n").status, 202);
  const auto full = api.call("POST", "/v1/notifications", api.keys.live, RunningApi::job());
  EXPECT_EQ(full.status, 503);
  EXPECT_NE(full.field("Retry-After"), "");
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.live, RunningApi::job(), "Idempotency-Key: a\r\n").status, 202)
      << "a repeated request has its answer already";
}

TEST(PostingFull, limits_that_changed_count_at_once_for_posts_and_status) {
  RunningApi api;
  ASSERT_EQ(api.call("POST", "/v1/notifications", api.keys.live, RunningApi::job()).status, 202);
  auto limits = api.store().admission();
  limits.max_open = 1;
  api.store().set_admission(limits);
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.live, RunningApi::job()).status, 503);
  const auto status = api.call("GET", "/status");
  EXPECT_EQ(status.status, 503);
  EXPECT_THAT(status.body, HasSubstr("queue_full"));
  limits.max_open = 2;
  api.store().set_admission(limits);
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.live, RunningApi::job()).status, 202);
}

}  // namespace
}  // namespace messo::test
