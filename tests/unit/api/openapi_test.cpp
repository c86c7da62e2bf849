// docs/openapi.yaml against the daemon: every route, method and status it declares happens, and every answer is as declared.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "api/exchange.hpp"
#include "template/template_source.hpp"
#include "unit/api/running_api.hpp"

namespace messo::test {
namespace {

using Json = nlohmann::json;

Json to_json(const YAML::Node& node) {
  if (node.IsMap()) {
    auto out = Json::object();
    for (const auto& entry : node) out[entry.first.as<std::string>()] = to_json(entry.second);
    return out;
  }
  if (node.IsSequence()) {
    auto out = Json::array();
    for (const auto& item : node) out.push_back(to_json(item));
    return out;
  }
  if (!node.IsScalar()) return nullptr;
  const auto text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  auto value = Json::parse(text, nullptr, false);
  return value.is_number() || value.is_boolean() ? value : Json(text);
}

// Replaces every {"$ref": "#/..."} by what it names. The document has no circles.
Json resolved(const Json& value, const Json& document) {
  if (value.is_object() && value.contains("$ref")) {
    return resolved(document.at(Json::json_pointer(value["$ref"].get<std::string>().substr(1))), document);
  }
  auto out = value;
  if (value.is_structured()) {
    for (auto& [key, member] : out.items()) member = resolved(member, document);
  }
  return out;
}

const Json& specification() {
  static const Json document = [] {
    const auto raw = to_json(YAML::LoadFile("docs/openapi.yaml"));
    auto all = raw;
    all["paths"] = resolved(raw["paths"], raw);
    return all;
  }();
  return document;
}

std::string mismatch(const Json& schema_json, const Json& value) {
  valijson::Schema schema;
  valijson::SchemaParser(valijson::SchemaParser::kDraft7).populateSchema(valijson::adapters::NlohmannJsonAdapter(schema_json), schema);
  valijson::ValidationResults results;
  const valijson::adapters::NlohmannJsonAdapter target(value);
  if (valijson::Validator(valijson::Validator::kStrongTypes).validate(schema, target, &results)) return {};
  std::string out;
  for (valijson::ValidationResults::Error error; results.popError(error);) {
    for (const auto& at : error.context) out += at;
    out += ": " + error.description + "\n";
  }
  return out;
}

using Happened = std::set<std::tuple<std::string, std::string, std::string>>;  // method, pattern, status

// Every (method, path, status) of the document but `default`.
Happened declared() {
  Happened out;
  const auto& paths = specification()["paths"];
  for (const auto& [path, item] : paths.items()) {
    for (const auto* method : {"get", "post", "delete"}) {
      if (!item.contains(method)) continue;
      for (const auto& [status, response] : item[method]["responses"].items()) {
        if (status != "default") out.emplace(method, path, status);
      }
    }
  }
  return out;
}

class Openapi : public testing::Test {
 protected:
  static RunningApiOptions options() {
    RunningApiOptions out;
    out.listener.max_body = 100'000;
    out.apply = [](const Json& document, bool dry_run, const std::string&) -> Result<Json> {
      if (document.contains("bad")) return fail_field("/bad", "bad_configuration", "there is no such key");
      return Json{{"dry_run", dry_run}, {"version", 7}, {"changes", Json::array({"organisation x: added"})}};
    };
    out.probe = [](std::string_view provider) -> Result<std::string> {
      if (provider == "posta") return "the account works";
      if (provider == "posta-pec") return fail(ErrorKind::conflict, "no_probe", "This provider's plugin cannot try its account.");
      return fail(ErrorKind::not_found, "no_such_provider", "There is no such provider.");
    };
    out.balance = [](std::string_view provider) -> Result<Balance> {
      if (provider == "posta") return Balance{"12.34", "EUR", 830, "until March"};
      if (provider == "posta-pec") return fail(ErrorKind::not_found, "no_balance", "It cannot be asked what is left.");
      if (provider == "muto") return fail(ErrorKind::internal, "bad_balance", "the plugin told a balance that is none");
      return fail(ErrorKind::not_found, "no_such_provider", "There is no such provider.");
    };
    return out;
  }

  // Judges an answer by what the document declares for it.
  void judge(const std::string& method, const std::string& pattern, const HttpAnswer& answer) {
    SCOPED_TRACE(method + " " + pattern + " " + std::to_string(answer.status));
    auto lower = method;
    for (auto& c : lower) c = static_cast<char>(c | 0x20);
    const auto& responses = specification()["paths"].at(pattern).at(lower).at("responses");
    const auto status = std::to_string(answer.status);
    ASSERT_TRUE(responses.contains(status)) << "not declared; body: " << answer.body;
    happened.emplace(lower, pattern, status);
    const auto& response = responses[status];
    auto type = answer.field("Content-Type");
    type = type.substr(0, type.find(';'));
    ASSERT_TRUE(response["content"].contains(type)) << type;
    if (type == "application/json" || type == "application/problem+json") {
      const auto wrong = mismatch(response["content"][type]["schema"], Json::parse(answer.body));
      EXPECT_EQ(wrong, "") << answer.body;
    }
    // Fields are optional unless they are what the status is about.
    if (status == "401") {
      EXPECT_NE(answer.field("WWW-Authenticate"), "");
    }
    if (status == "429" || status == "503") {
      EXPECT_NE(answer.field("Retry-After"), "");
    }
    EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  }
  static std::string filled(std::string pattern, const std::string& argument) {
    const auto open = pattern.find('{');
    if (open == std::string::npos) return pattern;
    return pattern.replace(open, pattern.find('}') - open + 1, argument);
  }
  HttpAnswer call(const std::string& method, const std::string& pattern, const std::string& argument, const std::string& query,
                  std::string_view key, const Json& body = nullptr, std::string_view fields = {}) {
    const auto target = filled(pattern, argument) + query;
    const bool administration = pattern.starts_with("/v1/admin") || pattern == "/metrics";
    auto client = administration ? RawClient(api.admin_port()) : RawClient(api.port());
    client.send(request_text(method, target, key, body.is_null() ? std::string() : body.dump(), fields));
    auto answer = client.receive().value_or(HttpAnswer{});
    judge(method, pattern, answer);
    return answer;
  }
  HttpAnswer socket(const std::string& method, const std::string& pattern, const std::string& argument, const std::string& query,
                    const Json& body = nullptr) {
    auto answer = api.socket(method, filled(pattern, argument) + query, body);
    judge(method, pattern, answer);
    return answer;
  }

  void mistakes_everywhere();
  void notifications();
  void suppressions();
  void templates();
  void administration();
  void doubts();
  void overload();
  void receipts();

  RunningApi api{options()};
  Happened happened;
};

// What every route that wants a key answers alike.
void Openapi::mistakes_everywhere() {
  for (const auto& route : api::routes()) {
    const std::string method(route.method), pattern(route.pattern);
    if (route.need == api::Need::nothing) continue;
    const bool application = (route.sides & api::kPublic) != 0;
    const Json body = route.body ? Json::object() : Json(nullptr);
    const std::string argument = pattern.find("/notifications/") != std::string::npos || pattern.find("/keys/") != std::string::npos
                                     ? "0190f3c2-0000-7000-8000-000000000000"
                                     : "manca";
    call(method, pattern, argument, "", "", body);                                            // 401
    call(method, pattern, argument, "", application ? api.keys.admin : api.keys.live, body);  // 403
    if (route.need == api::Need::whole_hub) {
      socket(method, pattern, argument, "?nonsense=1", body);  // 400
    } else {
      call(method, pattern, argument, "?nonsense=1", application ? api.keys.live : api.keys.admin, body);
    }
    if (pattern.find('{') != std::string::npos && route.sides != 0) {
      socket(method, pattern, argument,
             application                                       ? "?service=comune/sportello"
             : pattern.find("/templates") != std::string::npos ? "?organisation=comune"
                                                               : "",
             body);  // 404
    }
    if (route.body) {
      if (route.need == api::Need::whole_hub) {
        RawClient client(api.socket_path());
        judge(method, pattern,
              client.exchange(request_text(method, filled(pattern, argument), "", "{}", "Content-Type: text/plain\r\n"))
                  .value_or(HttpAnswer{}));
      } else {
        call(method, pattern, argument, "", application ? api.keys.live : api.keys.admin, Json::object(),
             "Content-Type: text/plain\r\n");  // 415
      }
    }
    if (application) {
      for (int i = 0; i < 2; ++i) call(method, pattern, argument, "?nonsense=1", api.keys.limited, body);  // 429
    }
  }
}

void Openapi::notifications() {
  const auto& live = api.keys.live;
  const std::string all = "/v1/notifications", one = all + "/{id}";
  auto job = RunningApi::job();
  job["reference"] = "R-1";
  job["labels"] = {{"a", "b"}};
  job["protocol"] = "P";
  job["case"] = "C";
  job["send_at"] = to_rfc3339(api.clock().now());
  job["attachments"] = {{{"name", "a.txt"}, {"content_type", "text/plain"}, {"content", "YQ=="}}};
  job["plan"] = {{{"channel", "sms"}, {"wait_seconds", 60}}, {{"channel", "email"}}};
  call("POST", all, "", "?validate=only", live, job);
  const auto id = json_of(call("POST", all, "", "", live, job, "Idempotency-Key: a\r\n"))["id"].get<std::string>();
  call("POST", all, "", "", live, job, "Idempotency-Key: a\r\n");
  call("POST", all, "", "", live, RunningApi::job(), "Idempotency-Key: a\r\n");
  call("POST", all, "", "", live, {{"template", "manca"}, {"recipient", Json::object()}});
  call("POST", all, "", "", live, {{"template", std::string(100'000, 'x')}});
  call("GET", one, id, "", live);
  const auto second = json_of(call("POST", all, "", "", api.keys.test, RunningApi::job()))["id"].get<std::string>();
  call("GET", all, "", "?limit=1", live);
  call("POST", one + "/cancel", second, "", live);
  call("POST", one + "/cancel", second, "", live);
  api.deliver(id);
  call("GET", one, id, "", live);
  call("GET", all, "", "?reference=R-1&status=sent&from=2020-01-01T00:00:00Z", live);
  const auto proved = api.with_evidence("the message");
  EXPECT_TRUE(call("GET", one + "/evidence", proved, "", live).body.starts_with("PK"));
  call("GET", one + "/evidence", id, "", live);
  call("GET", "/v1/evidence/key", "", "", "");
  call("GET", "/v1/events", "", "?limit=100", live);
  call("GET", "/v1/events", "", "?after=latest", live);
}

void Openapi::suppressions() {
  const auto& live = api.keys.live;
  const std::string all = "/v1/suppressions", one = all + "/{id}";
  const Json wanted = {{"channel", "email"}, {"address", "gone@example.org"}, {"reason", "chiesto allo sportello"}};
  const auto id = json_of(call("POST", all, "", "", live, wanted))["id"].get<std::string>();
  call("POST", all, "", "", live, wanted);
  call("POST", all, "", "", live, {{"channel", "email"}, {"address", "nowhere"}, {"reason", "x"}});
  call("GET", all, "", "?limit=1", live);
  call("DELETE", one, id, "", live);
}

void Openapi::templates() {
  const auto& live = api.keys.live;
  const std::string one = "/v1/templates/{key}";
  call("GET", "/v1/templates", "", "", live);
  call("GET", one, "avviso", "", live);
  call("POST", one + "/preview", "avviso", "", live, {{"channel", "email"}, {"language", "en"}});
  call("POST", one + "/preview", "avviso", "", live, {{"channel", "sms"}, {"data", {{"nome", "D’Anna – 😀"}}}});
  call("POST", one + "/preview", "avviso", "", live, {{"channel", "sms"}, {"data", {{"nome", "D’Anna"}}}});
  call("POST", one + "/preview", "avviso", "", live, {{"channel", "pec"}});
  call("POST", one + "/preview", "avviso", "?version=1", live, {{"channel", 1}});

  const auto& admin = api.keys.admin;
  const std::string all = "/v1/admin/templates", versioned = all + "/{key}";
  const Json files = {{"key", "nuovo"},
                      {"files",
                       {{"template.toml", "key = \"nuovo\"\ntitle = \"N\"\nclass = \"courtesy\"\nlanguage = \"it\"\n"},
                        {"it/email.subject.mustache", "Nuovo"},
                        {"it/email.text.mustache", "Nuovo\n"}}}};
  call("POST", all, "", "", admin, files);
  call("POST", all, "", "", admin, {{"key", "nuovo"}, {"files", {{"template.toml", "x"}}}});
  call("GET", all, "", "", admin);
  call("GET", versioned, "nuovo", "", admin);
  call("POST", versioned + "/publish", "nuovo", "", admin);
  call("POST", versioned + "/publish", "nuovo", "", admin);
  call("POST", versioned + "/archive", "nuovo", "", admin);
  const std::string foreign = "?organisation=provincia";
  call("GET", all, "", foreign, admin);
  call("GET", versioned, "nuovo", foreign, admin);
  call("POST", versioned + "/publish", "nuovo", foreign, admin);
  call("POST", versioned + "/archive", "nuovo", foreign, admin);
}

void Openapi::administration() {
  for (const auto* path : {"/status", "/openapi.yaml", "/metrics"}) call("GET", path, "", "", "");
  const auto& admin = api.keys.admin;
  call("GET", "/v1/admin/status", "", "", admin);
  socket("GET", "/v1/admin/books", "", "");
  const Json organisation = {{"key", "nuovo"}, {"name", "Nuovo"}, {"parent", "comune"}, {"weight", 2}};
  socket("POST", "/v1/admin/organisations", "", "", organisation);
  socket("POST", "/v1/admin/organisations", "", "", organisation);
  socket("POST", "/v1/admin/organisations", "", "", {{"key", "x"}, {"name", "x"}, {"parent", "manca"}});
  socket("GET", "/v1/admin/organisations", "", "");
  const Json service = {{"organisation", "comune"}, {"key", "nuovo"}, {"name", "N"}, {"senders", {{"sms", {{"address", "COMUNE"}}}}}};
  call("POST", "/v1/admin/services", "", "", admin, service);
  call("POST", "/v1/admin/services", "", "", admin, service);
  call("POST", "/v1/admin/services", "", "", admin, {{"organisation", "provincia"}, {"key", "x"}, {"name", "x"}});
  call("GET", "/v1/admin/services", "", "?organisation=comune", admin);
  const Json alias = {
      {"organisation", "comune"}, {"alias", "COMUNE"}, {"state", "registered"}, {"registered_on", "2026-05-04"}, {"note", "n"}};
  call("POST", "/v1/admin/sms-senders", "", "", admin, alias);
  call("POST", "/v1/admin/sms-senders", "", "", admin, alias);
  call("POST", "/v1/admin/sms-senders", "", "", admin, {{"alias", "12345"}, {"state", "registered"}});
  call("GET", "/v1/admin/sms-senders", "", "?organisation=comune", admin);
  call("DELETE", "/v1/admin/sms-senders", "", "?alias=COMUNE", admin);
  call("DELETE", "/v1/admin/sms-senders", "", "?alias=COMUNE", admin);
  const Json key = {{"service", "comune/nuovo"}, {"name", "prima"}, {"scopes", {"send", "read"}}};
  const auto made = json_of(call("POST", "/v1/admin/keys", "", "", admin, key));
  call("POST", "/v1/admin/keys", "", "", admin, key);
  call("POST", "/v1/admin/keys", "", "", admin, {{"service", "comune/manca"}, {"name", "x"}, {"scopes", {"send"}}});
  call("POST", "/v1/admin/keys/{id}/revoke", made["id"].get<std::string>(), "", admin);
  call("GET", "/v1/admin/keys", "", "?service=comune/nuovo", admin);
  call("POST", "/v1/admin/erasures", "", "", admin, {{"recipient", {{"email", "nobody@example.org"}}}});
  call("POST", "/v1/admin/erasures", "", "", admin, {{"recipient", {{"name", "Nobody"}}}});
  call("GET", "/v1/admin/providers", "", "", admin);
  socket("POST", "/v1/admin/providers/{key}/pause", "posta", "", {{"reason", "prova"}});
  socket("GET", "/v1/admin/providers", "", "");
  socket("POST", "/v1/admin/providers/{key}/resume", "posta", "");
  socket("POST", "/v1/admin/providers/{key}/test", "posta", "");
  socket("POST", "/v1/admin/providers/{key}/test", "posta-pec", "");
  for (const char* provider : {"posta", "posta-pec", "manca"}) socket("GET", "/v1/admin/providers/{key}/balance", provider, "");
  EXPECT_EQ(api.socket("GET", "/v1/admin/providers/muto/balance").status, 503);
  socket("GET", "/v1/admin/audit", "", "?limit=5");
  for (const char* query : {"", "?days=3&organisation=comune", "?days=0", "?days=1x", "?organisation=manca"})
    socket("GET", "/v1/admin/usage", "", query);
  call("GET", "/v1/admin/usage", "", "", admin);
  socket("POST", "/v1/admin/apply", "", "?dry_run=true", {{"organisation", Json::array()}});
  socket("POST", "/v1/admin/apply", "", "", {{"bad", 1}});
}

void Openapi::doubts() {
  const auto& admin = api.keys.admin;
  const std::string all = "/v1/admin/doubts", one = all + "/{id}";
  std::vector<std::string> ids;
  for (int i = 0; i < 2; ++i) {
    const auto id = json_of(call("POST", "/v1/notifications", "", "", api.keys.live, RunningApi::job()))["id"].get<std::string>();
    api.deliver(id, Change::doubt);
    ids.push_back(id);
  }
  call("GET", all, "", "?limit=1&provider=posta&organisation=comune&before=2100-01-01T00:00:00Z", admin);
  call("GET", one, ids[0], "", admin);
  call("POST", one + "/ask", ids[0], "", admin, Json::object());
  api.run_posta(true);
  call("POST", one + "/ask", ids[0], "", admin, Json::object());
  call("POST", one + "/close", ids[0], "", admin, {{"result", "sent"}, {"reason", ""}});
  call("POST", one + "/close", ids[0], "", admin, {{"result", "sent"}, {"reason", "the relay's log"}});
  call("POST", one + "/close", ids[0], "", admin, {{"result", "sent"}, {"reason", "the relay's log"}});
  call("POST", one + "/resend", ids[1], "", admin, {{"reason", ""}});
  call("POST", one + "/resend", ids[1], "", admin, {{"reason", "nobody got it"}});
  call("POST", one + "/resend", ids[1], "", admin, {{"reason", "nobody got it"}});
}

void Openapi::receipts() {
  const auto now = api.clock().now();
  const auto provider = api.store().directory().snapshot()->provider_by_key("posta-pec")->id;
  Receipt early;
  early.dedupe_key = "r1";
  early.references = {{"message_id", "<a@example.org>", 0}};
  early.kind = ReceiptKind::delivered;
  PollState poll{"INBOX", "1", {}, {}, 1, {}};
  for (const char* item : {"a", "b"}) {
    const auto raw = api.store().blobs().put(OrganisationId{provider.value}, item);
    ASSERT_TRUE(raw);
    poll.troubled.push_back({item, "pec.broken", "the envelope is damaged", *raw, 1});
  }
  for (const auto* key : {"r1", "r2"}) {
    early.dedupe_key = key;
    ASSERT_TRUE(api.store().receipts().record(provider, std::span(&early, 1), &poll, {}, now));
  }
  early.dedupe_key = "r3";
  early.scope = OutcomeScope::destination;
  early.learned = {{"pec-id", "opec1@provider.example", 0}};
  early.raw = *api.store().blobs().put(OrganisationId{provider.value}, "Certified-Mail: the original");
  early.raw_owner = OrganisationId{provider.value};
  const auto kept = api.store().receipts().record(provider, std::span(&early, 1), nullptr, {}, now);
  ASSERT_TRUE(kept);
  const std::string original = "/v1/admin/receipts/{id}/original";
  EXPECT_EQ(socket("GET", original, kept->at(0).id.to_string(), "").body, "Certified-Mail: the original");
  const auto page = json_of(socket("GET", "/v1/admin/receipts", "", "?unmatched=true&provider=posta-pec&limit=1"));
  EXPECT_EQ(page["items"][0]["scope"], "destination");
  EXPECT_EQ(page["items"][0]["learned"][0]["value"], "opec1@provider.example");
  socket("GET", "/v1/admin/receipts", "", "?cursor=" + page["next_cursor"].get<std::string>());
  const auto items = json_of(socket("GET", "/v1/admin/receipts/quarantine", "", ""))["items"];
  ASSERT_EQ(items.size(), 2U);
  const auto first = items[0]["id"].get<std::string>();
  const std::string one = "/v1/admin/receipts/quarantine/{id}";
  socket("GET", one, first, "");
  socket("GET", one + "/raw", first, "");
  socket("POST", one + "/retry", first, "");
  socket("POST", one + "/drop", items[1]["id"].get<std::string>(), "");
  socket("GET", "/v1/admin/mailboxes", "", "");
  socket("POST", "/v1/admin/providers/{key}/callback-token", "posta", "");
  call("POST", "/v1/callbacks/{token}", std::string(43, 'x'), "?any=1&any=2", "", {{"a", 1}});
  call("GET", "/v1/callbacks/{token}", std::string(43, 'x'), "", "");
}

// A hub whose queue is full.
void Openapi::overload() {
  RunningApiOptions full = options();
  full.admission.max_open = 1;
  RunningApi other(full);
  other.call("POST", "/v1/notifications", other.keys.live, RunningApi::job());
  judge("POST", "/v1/notifications", other.call("POST", "/v1/notifications", other.keys.live, RunningApi::job()));
  judge("GET", "/status", other.call("GET", "/status"));
}

TEST_F(Openapi, every_declared_answer_happens_and_every_answer_is_as_declared) {
  mistakes_everywhere();
  notifications();
  suppressions();
  templates();
  administration();
  doubts();
  receipts();
  overload();
  Happened missing;
  const auto wanted = declared();
  std::set_difference(wanted.begin(), wanted.end(), happened.begin(), happened.end(), std::inserter(missing, missing.end()));
  for (const auto& [method, path, status] : missing) ADD_FAILURE() << "never seen: " << method << " " << path << " " << status;
}

// Job after job out of a page of shell commands: what stands between -d ' and the next quote.
std::vector<Json> jobs_in(const std::string& page) {
  std::ifstream file(page);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  std::vector<Json> out;
  constexpr std::string_view kBegin = "-d '";
  for (auto at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at)) {
    at += kBegin.size();
    const auto job = Json::parse(text.substr(at, text.find('\'', at) - at), nullptr, false);
    EXPECT_FALSE(job.is_discarded()) << page << ": " << text.substr(at, 80);
    out.push_back(job);
  }
  return out;
}

std::vector<Json> jobs_in_specification() {
  std::vector<Json> out;
  const auto& content = specification()["paths"]["/v1/notifications"]["post"]["requestBody"]["content"]["application/json"];
  if (content.contains("example")) out.push_back(content["example"]);
  const auto examples = content.value("examples", Json::object());
  for (const auto& [name, example] : examples.items()) out.push_back(example["value"]);
  return out;
}

TEST_F(Openapi, every_example_of_a_job_passes_with_the_templates_of_this_repository) {
  for (const auto& folder : find_templates("templates")) {
    const auto definition = load_template(folder);
    ASSERT_TRUE(definition) << to_text(definition.error());
    api.add_template(definition->key, definition->files);
  }
  auto jobs = jobs_in_specification();
  ASSERT_GE(jobs.size(), 2u);
  for (const auto* page : {"docs/api.md", "README.md"}) {
    const auto found = jobs_in(page);
    EXPECT_FALSE(found.empty()) << page;
    jobs.insert(jobs.end(), found.begin(), found.end());
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator("demo/jobs")) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    jobs.push_back(Json::parse(file));
  }
  for (const auto& job : jobs) {
    const auto answer = api.call("POST", "/v1/notifications?validate=only", api.keys.live, job);
    EXPECT_EQ(answer.status, 200) << job.dump(2) << answer.body;
  }
}

TEST_F(Openapi, routes_and_document_name_the_same_paths_methods_and_parameters) {
  std::set<std::pair<std::string, std::string>> served, documented;
  for (const auto& route : api::routes()) {
    std::string method(route.method);
    for (auto& c : method) c = static_cast<char>(c | 0x20);
    served.emplace(method, route.pattern);
    const auto& path = specification()["paths"].value(std::string(route.pattern), Json::object());
    std::set<std::string> named;
    for (const auto& parameter : path.value(method, Json::object()).value("parameters", Json::array())) {
      if (parameter["in"] == "query") named.insert(parameter["name"].get<std::string>());
    }
    std::set<std::string> taken(route.parameters.begin(), route.parameters.end());
    taken.erase(std::string(api::kAnyParameter));  // those are of somebody else's protocol
    EXPECT_EQ(named, taken) << method << " " << route.pattern;
  }
  for (const auto& [method, path, status] : declared()) documented.emplace(method, path);
  EXPECT_EQ(served, documented);
}

TEST_F(Openapi, the_daemon_serves_the_document_it_was_built_from) {
  std::ifstream file("docs/openapi.yaml");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  EXPECT_EQ(api.call("GET", "/openapi.yaml").body, text);
}

}  // namespace
}  // namespace messo::test
