// The strict reading of request heads, and that Poco reads sound ones the same way.
#include "api/http/head_parser.hpp"

#include <Poco/MemoryStream.h>
#include <Poco/Net/HTTPRequest.h>
#include <gtest/gtest.h>

namespace messo::http {
namespace {

std::optional<Fault> parse(Request& request, std::string head) {
  request.head = std::move(head);
  return parse_head(request, {});
}

TEST(HeadParser, reads_what_poco_reads_on_sound_heads) {
  for (const std::string head : {
           "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
           "POST /v1/notifications?validate=only HTTP/1.1\r\nHost: hub.example:8480\r\nContent-Type: application/json\r\nContent-Length: "
           "12\r\n\r\n",
           "DELETE /a/b%20c HTTP/1.1\r\nhost:a\r\nX-Empty:\r\nX-Spaced: \t two words \t\r\nAccept: */*\r\n\r\n",
           "GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       }) {
    Request ours;
    ASSERT_FALSE(parse(ours, head)) << head;
    Poco::Net::HTTPRequest theirs;
    Poco::MemoryInputStream stream(head.data(), head.size());
    theirs.read(stream);
    EXPECT_EQ(ours.method, theirs.getMethod());
    EXPECT_EQ(ours.target, theirs.getURI());
    EXPECT_EQ(ours.fields.size(), theirs.size());
    for (const auto& [name, value] : ours.fields) EXPECT_EQ(theirs.get(std::string(name)), value) << name;
    EXPECT_EQ(ours.keep_alive, theirs.getKeepAlive());
    if (ours.content_length) {
      EXPECT_EQ(static_cast<std::int64_t>(*ours.content_length), theirs.getContentLength64());
    }
  }
}

TEST(HeadParser, path_and_query_are_decoded) {
  Request request;
  ASSERT_FALSE(parse(request, "GET /v1/a%2Db?reference=PRATICA+7%2F1&empty&x= HTTP/1.1\r\nHost: a\r\n\r\n"));
  EXPECT_EQ(request.path, "/v1/a-b");
  EXPECT_EQ(request.parameter("reference"), "PRATICA 7/1");
  EXPECT_EQ(request.parameter("empty"), "");
  EXPECT_EQ(request.parameter("x"), "");
  EXPECT_EQ(request.parameter("y"), std::nullopt);
}

TEST(HeadParser, faults_have_their_status) {
  const std::pair<int, std::string> cases[] = {
      {505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
      {400, "GET / HTTPS/1.1\r\nHost: a\r\n\r\n"},
      {501, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
      {501, "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {417, "GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n"},
      {400, "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\nX: a\x01z\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\nNo colon\r\n\r\n"},
      {400, "G@T / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "GET /?a=%f HTTP/1.1\r\nHost: a\r\n\r\n"},
  };
  for (const auto& [status, head] : cases) {
    Request request;
    const auto fault = parse(request, head);
    ASSERT_TRUE(fault) << head;
    EXPECT_EQ(fault->status, status) << head;
  }
}

TEST(HeadParser, numbers_of_fields_and_parameters_are_bounded) {
  std::string head = "GET /?";
  for (int i = 0; i < 60; ++i) head += "a" + std::to_string(i) + "=1&";
  Request request;
  EXPECT_TRUE(parse(request, head + " HTTP/1.1\r\nHost: a\r\n\r\n"));
  std::string many = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 120; ++i) many += "X-" + std::to_string(i) + ": 1\r\n";
  Request other;
  EXPECT_EQ(parse(other, many + "\r\n")->status, 431);
}

}  // namespace
}  // namespace messo::http
