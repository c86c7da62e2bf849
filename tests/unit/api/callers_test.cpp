// Keys, scopes, whose notifications one sees, rates, the Unix socket.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "peers/test_certificates.hpp"
#include "unit/api/running_api.hpp"

#include <Poco/Net/Context.h>
#include <Poco/Net/SecureStreamSocket.h>

namespace messo::test {
namespace {

using Json = nlohmann::json;
using ::testing::HasSubstr;

class Callers : public testing::Test {
 protected:
  std::string post(std::string_view key) {
    return json_of(api.call("POST", "/v1/notifications", key, RunningApi::job()))["id"].get<std::string>();
  }
  RunningApi api;
};

TEST_F(Callers, no_key_a_wrong_one_and_a_revoked_one_get_the_same_401) {
  auto without = api.call("GET", "/v1/notifications");
  auto text = json_of(without);
  text.erase("instance");
  for (const auto& key :
       {api.keys.revoked, std::string("messo_live_wrong"), api.keys.live.substr(0, api.keys.live.size() - 1), std::string(5000, 'a')}) {
    const auto answer = api.call("GET", "/v1/notifications", key);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.field("WWW-Authenticate"), "Bearer realm=\"messo\"");
    auto body = json_of(answer);
    body.erase("instance");
    EXPECT_EQ(body, text) << "nothing says which it was";
  }
  EXPECT_EQ(api.call("GET", "/v1/notifications", {}, nullptr, "Authorization: Basic " + api.keys.live + "\r\n").status, 401);
  EXPECT_EQ(api.call("GET", "/v1/notifications", {}, nullptr, "authorization: bearer " + api.keys.live + "\r\n").status, 200);
}

TEST_F(Callers, a_scope_that_is_missing_is_403) {
  EXPECT_EQ(api.call("POST", "/v1/notifications", api.keys.read_only, RunningApi::job()).status, 403);
  EXPECT_EQ(api.call("GET", "/v1/notifications", api.keys.send_only).status, 403);
  EXPECT_EQ(api.call("GET", "/v1/templates", api.keys.send_only).status, 200);
  EXPECT_EQ(api.call("GET", "/v1/templates", api.keys.admin).status, 403);
  EXPECT_EQ(api.admin("GET", "/v1/admin/status", api.keys.live).status, 403);
  EXPECT_EQ(api.admin("GET", "/v1/admin/books", api.keys.admin).status, 403) << "only for the whole hub";
}

TEST_F(Callers, another_services_or_organisations_notification_is_not_found) {
  const auto id = post(api.keys.live);
  EXPECT_EQ(api.call("GET", "/v1/notifications/" + id, api.keys.read_only).status, 200);
  for (const auto& key : {api.keys.other_service, api.keys.other_organisation}) {
    EXPECT_EQ(api.call("GET", "/v1/notifications/" + id, key).status, 404);
    EXPECT_EQ(api.call("POST", "/v1/notifications/" + id + "/cancel", key).status, 404);
    EXPECT_TRUE(json_of(api.call("GET", "/v1/notifications", key))["items"].empty());
    EXPECT_TRUE(json_of(api.call("GET", "/v1/events", key))["items"].empty());
  }
  EXPECT_EQ(api.call("GET", "/v1/notifications/nonsense", api.keys.live).status, 404);
  EXPECT_EQ(api.call("GET", "/v1/notifications/0190f3c2-0000-7000-8000-000000000000", api.keys.live).status, 404);
  EXPECT_EQ(api.call("GET", "/v1/templates/avviso", api.keys.other_organisation).status, 404);
}

TEST_F(Callers, a_key_stops_working_the_moment_it_is_revoked) {
  const auto made = json_of(api.admin("POST", "/v1/admin/keys", api.keys.admin,
                                      {{"service", "comune/sportello"}, {"name", "nuova"}, {"scopes", {"send", "read"}}}));
  const auto secret = made["secret"].get<std::string>();
  EXPECT_EQ(api.call("GET", "/v1/notifications", secret).status, 200);
  EXPECT_EQ(api.admin("POST", "/v1/admin/keys/" + made["id"].get<std::string>() + "/revoke", api.keys.admin).status, 200);
  EXPECT_EQ(api.call("GET", "/v1/notifications", secret).status, 401);
}

TEST_F(Callers, a_services_rate_is_kept_and_told_in_every_answer) {
  const auto first = api.call("GET", "/v1/notifications", api.keys.limited);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.field("RateLimit-Limit"), "1");
  EXPECT_EQ(first.field("RateLimit-Remaining"), "0");
  EXPECT_EQ(first.field("RateLimit-Reset"), "1");
  const auto second = api.call("GET", "/v1/notifications", api.keys.limited);
  EXPECT_EQ(second.status, 429);
  EXPECT_EQ(second.field("Retry-After"), "1");
  EXPECT_EQ(second.field("RateLimit-Limit"), "1");
  EXPECT_EQ(api.call("GET", "/v1/notifications", api.keys.live).field("RateLimit-Limit"), "") << "others are not limited";
}

TEST_F(Callers, the_socket_lets_its_own_user_act_for_any_service) {
  const auto none = api.socket("POST", "/v1/notifications", RunningApi::job());
  EXPECT_EQ(none.status, 400);
  const auto posted = api.socket("POST", "/v1/notifications?service=comune/sportello&mode=test", RunningApi::job());
  ASSERT_EQ(posted.status, 202) << posted.body;
  EXPECT_EQ(json_of(posted)["mode"], "test");
  const auto id = json_of(posted)["id"].get<std::string>();
  EXPECT_EQ(api.call("GET", "/v1/notifications/" + id, api.keys.live).status, 200);
  post(api.keys.other_service);
  EXPECT_EQ(json_of(api.socket("GET", "/v1/notifications"))["items"].size(), 2u) << "all services";
  EXPECT_EQ(json_of(api.socket("GET", "/v1/notifications?service=comune/anagrafe"))["items"].size(), 1u);
  EXPECT_EQ(api.socket("GET", "/v1/notifications?service=comune/nessuno").status, 400);
  EXPECT_EQ(api.socket("POST", "/v1/notifications/" + id + "/cancel").status, 200);
  EXPECT_EQ(json_of(api.socket("GET", "/v1/admin/books"))["balanced"], true);
  EXPECT_EQ(api.socket("GET", "/metrics").status, 200);
}

TEST_F(Callers, a_key_cannot_name_another_service) {
  EXPECT_EQ(api.call("GET", "/v1/notifications?service=comune/anagrafe", api.keys.live).status, 400);
  EXPECT_EQ(api.call("GET", "/v1/notifications", api.keys.live, nullptr, "Messo-Service: comune/anagrafe\r\n").status, 400);
  EXPECT_EQ(api.call("POST", "/v1/notifications?mode=test", api.keys.live, RunningApi::job()).status, 400);
}

TEST_F(Callers, each_listener_serves_its_own_routes_only) {
  EXPECT_EQ(api.call("GET", "/v1/admin/status", api.keys.admin).status, 404);
  EXPECT_EQ(api.call("GET", "/metrics").status, 404);
  EXPECT_EQ(api.admin("GET", "/v1/notifications", api.keys.live).status, 404);
  EXPECT_EQ(api.admin("GET", "/metrics").status, 200);
  EXPECT_EQ(api.call("GET", "/status").status, 200);
  const auto wrong = api.call("PUT", "/v1/notifications", api.keys.live, RunningApi::job());
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.field("Allow"), "POST, GET, HEAD");
}

TEST_F(Callers, unknown_and_repeated_query_parameters_are_refused) {
  const auto typo = api.call("GET", "/v1/notifications?refrence=x", api.keys.live);
  EXPECT_EQ(typo.status, 400);
  EXPECT_THAT(typo.body, HasSubstr("did you mean \\\"reference\\\"?"));
  EXPECT_EQ(api.call("GET", "/v1/notifications?limit=1&limit=2", api.keys.live).status, 400);
  for (const auto* bad : {"limit=0", "limit=501", "limit=x", "from=yesterday", "status=gone", "cursor=x"}) {
    EXPECT_EQ(api.call("GET", std::string("/v1/notifications?") + bad, api.keys.live).status, 400) << bad;
  }
}

TEST_F(Callers, every_answer_carries_the_security_fields_and_a_request_id) {
  const auto answer = api.call("GET", "/v1/notifications", api.keys.live);
  EXPECT_EQ(answer.field("Cache-Control"), "no-store");
  EXPECT_EQ(answer.field("X-Content-Type-Options"), "nosniff");
  EXPECT_NE(answer.field("Request-Id"), "");
  const auto refused = api.call("GET", "/nowhere");
  EXPECT_EQ(json_of(refused)["instance"], "urn:messo:request:" + refused.field("Request-Id"));
}

TEST(Tls, the_public_listener_speaks_it_when_it_has_a_certificate) {
  peers::TestAuthority authority;
  const auto files = authority.issue("hub", "IP:127.0.0.1");
  RunningApiOptions options;
  options.listener.tls = http::TlsIdentity::read(files.certificate, files.key).value();
  options.listener.request_deadline = std::chrono::seconds(1);
  RunningApi api(options);
  Poco::Net::Context::Ptr context =
      new Poco::Net::Context(Poco::Net::Context::CLIENT_USE, "", "", authority.ca_file(), Poco::Net::Context::VERIFY_STRICT, 9, false);
  Poco::Net::SecureStreamSocket socket(Poco::Net::SocketAddress("127.0.0.1", api.port()), "127.0.0.1", context);
  std::string body = RunningApi::job().dump();
  const auto text = request_text("POST", "/v1/notifications", api.keys.live, body);
  socket.sendBytes(text.data(), static_cast<int>(text.size()));
  char buffer[8192];
  const int n = socket.receiveBytes(buffer, sizeof buffer);
  const std::string answer(buffer, static_cast<std::size_t>(std::max(n, 0)));
  EXPECT_EQ(answer.substr(0, 12), "HTTP/1.1 202");
  EXPECT_NE(answer.find("Strict-Transport-Security"), std::string::npos);
  EXPECT_NE(answer.find("https://hub.example/v1/notifications/"), std::string::npos);
  // Somebody who speaks no TLS, and somebody who stops in the middle of the handshake, are let go.
  RawClient plain(api.port()), silent(api.port());
  plain.send(request_text("GET", "/status"));
  silent.send("\x16\x03\x01");
  EXPECT_TRUE(plain.closed_within(std::chrono::seconds(10)));
}

TEST(Tls, an_identity_that_cannot_be_used_is_told_by_setting_file_and_reason) {
  peers::TestAuthority authority;
  const auto good = authority.issue("hub", "IP:127.0.0.1"), other = authority.issue("other", "IP:127.0.0.1");
  const auto wrong = [](const std::string& certificate, const std::string& key) {
    const auto read = http::TlsIdentity::read(certificate, key);
    EXPECT_FALSE(read) << certificate << " and " << key << " were taken";
    return read ? std::string() : read.error().fields.at(0).field + ": " + read.error().message;
  };
  EXPECT_THAT(wrong(good.certificate, "/nowhere.key"),
              HasSubstr("listen.tls.key: /nowhere.key cannot be read (No such file or directory)"));
  EXPECT_THAT(wrong("/nowhere.pem", good.key), HasSubstr("listen.tls.certificate: /nowhere.pem cannot be read"));
  EXPECT_THAT(wrong(good.key, good.key), HasSubstr("holds no certificate"));
  EXPECT_THAT(wrong(good.certificate, good.certificate), HasSubstr("holds no private key"));
  EXPECT_THAT(wrong(good.certificate, other.key), HasSubstr("is not the key of the certificate in " + good.certificate));
}

}  // namespace
}  // namespace messo::test
