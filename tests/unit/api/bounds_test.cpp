// Hostile and clumsy clients: each is refused or bounded, and others are served at full rate beside them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/api/running_api.hpp"

namespace messo::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

RunningApiOptions short_deadlines() {
  RunningApiOptions options;
  options.listener.request_deadline = 300ms;
  options.listener.keep_alive = 60s;
  return options;
}

// How many GET /status one connection gets answered in `time`.
int answered_in(std::uint16_t port, Millis time) {
  RawClient client(port);
  int count = 0;
  for (const auto until = std::chrono::steady_clock::now() + time; std::chrono::steady_clock::now() < until; ++count) {
    const auto answer = client.exchange(request_text("GET", "/status"));
    if (!answer || answer->status != 200) return -1;
  }
  return count;
}

TEST(Bounds, a_header_that_drips_is_cut_at_the_requests_deadline) {
  RunningApi api(short_deadlines());
  RawClient slow(api.port());
  const auto began = std::chrono::steady_clock::now();
  slow.send("GET /status HTTP/1.1\r\n");
  std::optional<HttpAnswer> answer;
  // Each byte comes well within any idle timeout; only a deadline for the whole request ends it.
  while (!answer && std::chrono::steady_clock::now() - began < 10s && slow.send("X")) answer = slow.receive(50ms);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
  EXPECT_TRUE(slow.closed_within(5s));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
}

TEST(Bounds, a_body_that_drips_is_cut_too) {
  RunningApi api(short_deadlines());
  RawClient slow(api.port());
  slow.send("POST /v1/notifications HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer " + api.keys.live +
            "\r\nContent-Length: 1000\r\n\r\n{");
  std::optional<HttpAnswer> answer;
  for (int i = 0; i < 200 && !answer && slow.send(" "); ++i) answer = slow.receive(50ms);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
}

TEST(Bounds, an_idle_connection_is_closed_after_the_keep_alive_time) {
  RunningApiOptions options;
  options.listener.keep_alive = 200ms;
  RunningApi api(options);
  RawClient fresh(api.port());
  EXPECT_TRUE(fresh.closed_within(5s));
  RawClient used(api.port());
  ASSERT_TRUE(used.exchange(request_text("GET", "/status")));
  EXPECT_TRUE(used.closed_within(5s));
}

TEST(Bounds, a_thousand_idle_connections_do_not_slow_the_others) {
  RunningApi api;
  const int alone = answered_in(api.port(), 500ms);
  std::vector<RawClient> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.emplace_back(api.port());
    ASSERT_TRUE(idle.back().connected()) << i;
  }
  ASSERT_TRUE(wait_until([&] { return api.public_server().connections().open >= 1000; }));
  ASSERT_GT(alone, 0);
  int beside = 0;
  for (int round = 0; round < 5 && beside <= alone / 4; ++round)
    beside = answered_in(api.port(), 500ms);  // another program may be at work too
  EXPECT_GT(beside, alone / 4) << "alone " << alone;
}

TEST(Bounds, at_the_cap_the_connection_idle_longest_makes_room) {
  RunningApiOptions options;
  options.listener.gate.connections = 4;
  RunningApi api(options);
  std::vector<RawClient> idle;
  for (int i = 0; i < 4; ++i) {
    idle.emplace_back(api.port());
    ASSERT_TRUE(wait_until([&] { return api.public_server().connections().open == static_cast<std::uint64_t>(i) + 1; }));
  }
  for (int i = 0; i < 3; ++i) {
    RawClient other(api.port());
    const auto answer = other.exchange(request_text("GET", "/status"));
    ASSERT_TRUE(answer) << i;
    EXPECT_EQ(answer->status, 200);
  }
  EXPECT_TRUE(idle[0].closed_within(5s));
  EXPECT_GE(api.public_server().connections().evicted, 1u);
}

TEST(Bounds, connections_beyond_the_cap_are_refused_when_all_are_at_work) {
  RunningApiOptions options;
  options.listener.gate.connections = 2;
  RunningApi api(options);
  const auto latest = json_of(api.call("GET", "/v1/events?after=latest", api.keys.live))["next"].get<std::string>();
  std::vector<std::unique_ptr<RawClient>> busy(2);
  std::optional<HttpAnswer> refused;
  ASSERT_TRUE(wait_until([&] {
    for (auto& client : busy) {
      if (client && !client->closed_within(5ms)) continue;  // closed: it made room before its request was read
      client = std::make_unique<RawClient>(api.port());
      client->send(request_text("GET", "/v1/events?wait=20&after=" + latest, api.keys.live));
    }
    RawClient other(api.port());
    other.send(request_text("GET", "/status"));
    refused = other.receive();
    return refused && refused->status == 503;
  }));
  EXPECT_EQ(refused->field("Retry-After"), "1");
  EXPECT_EQ(refused->field("Content-Type"), "application/problem+json");
}

TEST(Bounds, one_address_cannot_take_every_connection) {
  RunningApiOptions options;
  options.listener.gate.per_address = 3;
  options.listener.gate.loopback_exempt = false;
  RunningApi api(options);
  std::vector<RawClient> taken;
  for (int i = 0; i < 3; ++i) taken.emplace_back(api.port());
  ASSERT_TRUE(wait_until([&] { return api.public_server().connections().open == 3; }));
  RawClient fourth(api.port());
  const auto answer = fourth.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
}

TEST(Bounds, addresses_are_counted_by_network_where_one_host_has_many) {
  using http::ConnectionGate;
  EXPECT_EQ(ConnectionGate::counted_address("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(ConnectionGate::counted_address("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(ConnectionGate::counted_address("2001:db8:1:2:3:4:5:6"), ConnectionGate::counted_address("2001:db8:1:2::1"));
  EXPECT_NE(ConnectionGate::counted_address("2001:db8:1:2::1"), ConnectionGate::counted_address("2001:db8:1:3::1"));
}

TEST(Bounds, a_header_of_64_kib_is_refused_with_431) {
  RunningApi api;
  RawClient client(api.port());
  client.send("GET /status HTTP/1.1\r\nHost: h\r\nX-Big: " + std::string(64 * 1024, 'a') + "\r\n\r\n");
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 431);
}

TEST(Bounds, an_address_that_does_not_end_is_refused_with_414) {
  RunningApi api;
  RawClient client(api.port());
  client.send("GET /" + std::string(9000, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.receive()->status, 414);
}

TEST(Bounds, a_body_over_the_limit_is_refused_with_413_before_it_is_taken) {
  RunningApiOptions options;
  options.listener.max_body = 100'000;
  RunningApi api(options);
  for (const auto* framing : {"Content-Length: 100001\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n186a1\r\n"}) {
    RawClient client(api.port());
    client.send("POST /v1/notifications HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer " + api.keys.live +
                "\r\n" + framing);
    const auto answer = client.receive();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 413);
  }
  EXPECT_EQ(api.store().ledger().books()->accepted, 0u);
}

TEST(Bounds, a_large_body_is_not_taken_from_somebody_without_a_key) {
  RunningApi api;
  RawClient client(api.port());
  client.send("POST /v1/notifications HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n");
  const auto answer = client.receive();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
}

TEST(Bounds, large_bodies_share_one_budget_of_memory) {
  RunningApiOptions options;
  options.listener.bodies_in_memory = 1'000'000;
  RunningApi api(options);
  const auto head = "POST /v1/notifications HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nAuthorization: Bearer " +
                    api.keys.live + "\r\nContent-Length: 900000\r\nExpect: 100-continue\r\n\r\n";
  std::optional<RawClient> first(std::in_place, api.port());
  EXPECT_EQ(first->exchange(head)->status, 100);
  first->send("{");
  RawClient second(api.port());
  std::optional<HttpAnswer> answer;
  ASSERT_TRUE(wait_until([&] {
    RawClient other(api.port());
    answer = other.exchange(head);
    return answer && answer->status == 503;
  }));
  first.reset();
  EXPECT_TRUE(wait_until([&] {
    RawClient other(api.port());
    answer = other.exchange(head);
    return answer && answer->status == 100;
  })) << "what an ended connection held is free again";
}

TEST(Bounds, pipelined_requests_are_answered_in_order_and_garbage_after_them_ends_the_connection) {
  RunningApi api;
  RawClient client(api.port());
  client.send(request_text("GET", "/status") + request_text("GET", "/nowhere") + std::string("\x01\x02garbage\r\n\r\n"));
  EXPECT_EQ(client.receive()->status, 200);
  EXPECT_EQ(client.receive()->status, 404);
  const auto last = client.receive();
  ASSERT_TRUE(last);
  EXPECT_EQ(last->status, 400);
  EXPECT_EQ(last->field("Connection"), "close");
  EXPECT_TRUE(client.closed_within(5s));
  EXPECT_GT(answered_in(api.port(), 50ms), 0);
}

TEST(Bounds, what_two_readers_could_understand_differently_is_refused) {
  RunningApi api;
  for (const std::string bad :
       {"GET /status HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST /status HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "GET /status HTTP/1.1\nHost: h\n\n\r\n\r\n", "GET /status HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n",
        "GET /status HTTP/1.1\r\nHost: h\r\nX: y\r\n folded\r\n\r\n", "GET /status HTTP/1.1\r\nHost: h\r\nHost: i\r\n\r\n",
        "GET /status HTTP/1.1\r\n\r\n", "GET http://h/status HTTP/1.1\r\nHost: h\r\n\r\n", "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a%00b HTTP/1.1\r\nHost: h\r\n\r\n", "POST /status HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", "\x16\x03\x01 hello",
        "GET /status\r\n\r\n", "GET  /status HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    RawClient client(api.port());
    client.send(bad);
    const auto answer = client.receive();
    ASSERT_TRUE(answer) << bad;
    EXPECT_EQ(answer->status, 400) << bad;
    EXPECT_EQ(answer->field("Connection"), "close");
  }
}

TEST(Bounds, a_chunked_body_is_read_and_a_broken_one_refused) {
  RunningApi api;
  const auto head =
      "POST /v1/notifications HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nAuthorization: "
      "Bearer " +
      api.keys.live + "\r\n\r\n";
  const auto body = RunningApi::job().dump();
  RawClient client(api.port());
  char size[16];
  std::snprintf(size, sizeof size, "%zx", body.size() - 1);
  client.send(head + "1;ext=1\r\n" + body.substr(0, 1) + "\r\n" + size + "\r\n" + body.substr(1) + "\r\n0\r\nTrailer: x\r\n\r\n" +
              request_text("GET", "/status"));
  EXPECT_EQ(client.receive()->status, 202);
  EXPECT_EQ(client.receive()->status, 200) << "the next request begins right after";
  for (const auto* bad : {"zz\r\n", "\r\n", "5\r\nabcdeXX", "ffffffffffffffffff\r\n"}) {
    RawClient broken(api.port());
    broken.send(head + bad + "\r\n\r\n\r\n");
    EXPECT_EQ(broken.receive()->status, 400) << bad;
  }
}

TEST(Bounds, head_is_answered_like_get_without_the_body) {
  RunningApi api;
  RawClient client(api.port());
  client.send(request_text("HEAD", "/openapi.yaml"));
  const auto answer = client.receive(5s, true);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_GT(std::stoul(answer->field("Content-Length")), 1000u);
  EXPECT_EQ(client.exchange(request_text("GET", "/status"))->status, 200);
}

TEST(Bounds, a_stop_answers_what_is_at_hand_and_closes_the_rest) {
  auto api = std::make_unique<RunningApi>();
  RawClient idle(api->port()), waiting(api->port());
  const auto latest = json_of(api->call("GET", "/v1/events?after=latest", api->keys.live))["next"].get<std::string>();
  waiting.send(request_text("GET", "/v1/events?wait=30&after=" + latest, api->keys.live));
  ASSERT_TRUE(wait_until([&] { return api->public_server().connections().open >= 2; }));
  const auto began = std::chrono::steady_clock::now();
  api.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, 5s);
  EXPECT_TRUE(idle.closed_within(1s));
}

}  // namespace
}  // namespace messo::test
