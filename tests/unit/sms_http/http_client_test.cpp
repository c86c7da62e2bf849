// What may have reached a gateway, and that nothing is sent twice.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "peers/http_peer.hpp"
#include "scenario/support/child_process.hpp"
#include "sms_http/http_client.hpp"
#include "support/wait_until.hpp"

namespace messo::sms_http {
namespace {

using namespace std::chrono_literals;
using peers::HttpPeer;
using peers::PeerReply;
using Failed = HttpFailure::What;

HttpRequest post(const HttpPeer& peer, const std::string& path = "sms") { return {"POST", peer.url() + path, {}, "to=1"}; }
HttpClient plain() { return HttpClient({{}, {}, {2s, 5s, 64 << 10}}); }

TEST(HttpClient, a_gateway_that_reads_a_post_and_closes_got_it_once) {
  std::atomic<int> seen{0};
  const HttpPeer peer([&](const auto&) { return ++seen, PeerReply{.then = PeerReply::Then::close}; });
  auto client = plain();
  const auto reply = client.run(post(peer), 5s);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().what, Failed::closed);
  EXPECT_TRUE(reply.error().may_have_it);
  EXPECT_EQ(seen, 1);
}

// Where libcurl by itself would open another connection and send the body again.
TEST(HttpClient, a_kept_connection_that_dies_after_the_post_was_read_does_not_repeat_it) {
  for (const bool with_body : {true, false}) {
    std::atomic<int> seen{0};
    const HttpPeer peer([&](const auto&) { return ++seen == 1 ? PeerReply{} : PeerReply{.then = PeerReply::Then::close}; });
    auto client = plain();
    auto request = post(peer);
    if (!with_body) request.body = "";
    ASSERT_TRUE(client.run(request, 5s));
    const auto reply = client.run(request, 5s);
    ASSERT_FALSE(reply);
    EXPECT_TRUE(reply.error().may_have_it);
    EXPECT_EQ(seen, 2) << with_body;
  }
}

TEST(HttpClient, connections_are_kept) {
  std::atomic<int> seen{0};
  const HttpPeer peer([&](const auto& request) { return ++seen, PeerReply{.body = request.body}; });
  auto client = plain();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.run(post(peer), 5s)->body, "to=1");
  EXPECT_EQ(seen, 3);
}

TEST(HttpClient, nothing_was_written_where_nobody_listens) {
  auto client = plain();
  const auto reply = client.run({"POST", "http://127.0.0.1:" + std::to_string(test::free_port()) + "/", {}, "x"}, 5s);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().what, Failed::unreachable);
  EXPECT_FALSE(reply.error().may_have_it);
}

TEST(HttpClient, a_gateway_that_does_not_answer_in_time_may_have_it) {
  const HttpPeer peer([](const auto&) { return PeerReply{.then = PeerReply::Then::hang}; });
  auto client = plain();
  const auto reply = client.run(post(peer), 300ms);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().what, Failed::timeout);
  EXPECT_TRUE(reply.error().may_have_it);
}

TEST(HttpClient, an_interrupted_request_ends_soon_and_later_ones_at_once) {
  std::atomic<bool> there{false};
  const HttpPeer peer([&](const auto&) { return there = true, PeerReply{.then = PeerReply::Then::hang}; });
  HttpClient client({{}, {}, {2s, 30s, 1000}});
  std::thread stopper([&] {
    EXPECT_TRUE(test::wait_until([&] { return there.load(); }));
    client.interrupt();
  });
  const auto began = std::chrono::steady_clock::now();
  const auto reply = client.run(post(peer), 30s);
  stopper.join();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().what, Failed::interrupted);
  EXPECT_TRUE(reply.error().may_have_it);
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_FALSE(client.run(post(peer), 30s).error().may_have_it);
}

TEST(HttpClient, a_huge_answer_is_cut) {
  const HttpPeer peer([](const auto&) { return PeerReply{.body = std::string(1 << 20, 'x')}; });
  auto client = plain();
  const auto reply = client.run(post(peer), 5s);
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->cut);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body.size(), 64U << 10);
}

TEST(HttpClient, redirections_are_not_followed) {
  std::atomic<int> seen{0};
  const HttpPeer peer([&](const auto&) { return ++seen, PeerReply{.status = 307, .headers = {{"Location", "/other"}}}; });
  auto client = plain();
  EXPECT_EQ(client.run(post(peer), 5s)->status, 307);
  EXPECT_EQ(seen, 1);
}

TEST(HttpClient, retry_after_is_read_and_bounded) {
  const HttpPeer peer([](const auto& request) { return PeerReply{.status = 429, .headers = {{"Retry-After", request.path.substr(1)}}}; });
  auto client = plain();
  EXPECT_EQ(client.run(post(peer, "7"), 5s)->retry_after, 7s);
  EXPECT_EQ(client.run(post(peer, "999999"), 5s)->retry_after, 3600s);
  EXPECT_FALSE(client.run(post(peer, "soon"), 5s)->retry_after);
}

TEST(HttpClient, certificates_are_verified) {
  peers::TestAuthority authority;
  std::atomic<int> seen{0};
  const auto count = [&](const auto&) { return ++seen, PeerReply{}; };
  const HttpPeer good(count, authority.issue("localhost", "DNS:localhost")),
      stranger(count, authority.self_signed("localhost", "DNS:localhost")),
      another(count, authority.issue("altro.example.it", "DNS:altro.example.it"));
  HttpClient client({authority.ca_file(), {}, {2s, 5s, 1000}});
  const auto reached = client.run(post(good), 5s);
  EXPECT_TRUE(reached) << reached.error().detail;
  for (const HttpPeer* peer : {&stranger, &another}) {
    const auto refused = client.run(post(*peer), 5s);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what, Failed::certificate) << refused.error().detail;
    EXPECT_FALSE(refused.error().may_have_it);
  }
  EXPECT_EQ(seen, 1);
}

TEST(HttpClient, a_proxy_of_the_environment_is_not_used) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("no_proxy", "", 1);
  const HttpPeer peer([](const auto&) { return PeerReply{}; });
  auto client = plain();
  EXPECT_TRUE(client.run(post(peer), 5s));
  ::unsetenv("http_proxy");
  ::unsetenv("no_proxy");
}

}  // namespace
}  // namespace messo::sms_http
