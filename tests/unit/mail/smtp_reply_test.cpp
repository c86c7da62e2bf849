#include "mail/smtp_reply.hpp"

#include <gtest/gtest.h>

namespace messo::mail {
namespace {

// Feeds everything and returns the first whole reply.
std::optional<Reply> parse_one(std::string_view bytes, ReplyFault* fault = nullptr) {
  ReplyParser parser;
  parser.feed(bytes);
  if (fault) *fault = parser.fault();
  return parser.next();
}

TEST(ReplyParser, reads_a_line_with_its_enhanced_code) {
  const auto reply = parse_one("550 5.1.1 no such user\r\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->code, 550);
  EXPECT_EQ(reply->enhanced, (EnhancedCode{5, 1, 1}));
  EXPECT_EQ(reply->text, "5.1.1 no such user");
}

TEST(ReplyParser, joins_the_lines_of_one_reply) {
  const auto reply = parse_one("250-one\r\n250-two\r\n250 three\r\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "one\ntwo\nthree");
}

TEST(ReplyParser, takes_pipelined_replies_one_by_one) {
  ReplyParser parser;
  std::string_view bytes = "250 a\r\n550 b\r\n354 c\r\n";
  std::vector<int> codes;
  while (!bytes.empty()) {
    bytes.remove_prefix(parser.feed(bytes));
    if (const auto reply = parser.next()) codes.push_back(reply->code);
  }
  EXPECT_EQ(codes, (std::vector<int>{250, 550, 354}));
  EXPECT_TRUE(parser.at_boundary());
}

TEST(ReplyParser, does_not_care_how_the_bytes_are_cut) {
  const std::string_view bytes = "250-first\r\n250 2.0.0 second\r\n";
  ReplyParser parser;
  std::optional<Reply> reply;
  for (const char c : bytes) {
    ASSERT_FALSE(reply);
    parser.feed({&c, 1});
    reply = parser.next();
  }
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->text, "first\n2.0.0 second");
}

TEST(ReplyParser, accepts_a_bare_line_feed_and_a_code_alone) {
  EXPECT_TRUE(parse_one("250\n"));
  EXPECT_TRUE(parse_one("250\r\n"));
}

TEST(ReplyParser, replaces_control_bytes_so_that_logs_stay_whole) {
  EXPECT_EQ(parse_one(std::string_view("250 a\x1b[2J\0b\r\n", 13))->text, "a?[2J?b");
}

TEST(ReplyParser, refuses_what_is_no_reply) {
  for (const std::string_view bytes :
       {"hello\r\n", "\r\n", "25 x\r\n", "2x0 y\r\n", "190 z\r\n", "650 z\r\n", "250_x\r\n", "250-a\r\n251 b\r\n"}) {
    ReplyFault fault{};
    EXPECT_FALSE(parse_one(bytes, &fault)) << bytes;
    EXPECT_EQ(fault, ReplyFault::malformed) << bytes;
  }
}

TEST(ReplyParser, bounds_a_line_without_end) {
  ReplyParser parser;
  const std::string block(1000, '2');
  for (int i = 0; i < 10; ++i) parser.feed(block);
  EXPECT_EQ(parser.fault(), ReplyFault::line_too_long);
}

TEST(ReplyParser, bounds_the_lines_of_a_reply) {
  ReplyParser parser;
  for (int i = 0; i < 101; ++i) parser.feed("250-x\r\n");
  EXPECT_EQ(parser.fault(), ReplyFault::too_many_lines);
}

TEST(ReplyParser, bounds_the_bytes_of_a_reply) {
  ReplyParser parser;
  const auto line = "250-" + std::string(1000, 'x') + "\r\n";
  for (int i = 0; i < 20; ++i) parser.feed(line);
  EXPECT_EQ(parser.fault(), ReplyFault::too_large);
}

TEST(ReplyParser, stays_faulty_until_reset) {
  ReplyParser parser;
  parser.feed("nonsense\r\n");
  EXPECT_EQ(parser.feed("250 ok\r\n"), 0U);
  EXPECT_FALSE(parser.next());
  parser.reset();
  parser.feed("250 ok\r\n");
  EXPECT_TRUE(parser.next());
}

TEST(EnhancedCode, is_read_only_when_well_formed) {
  std::string_view rest;
  EXPECT_EQ(parse_enhanced_code("4.7.28 slow", &rest), (EnhancedCode{4, 7, 28}));
  EXPECT_EQ(rest, "slow");
  EXPECT_EQ(parse_enhanced_code("5.1.10"), (EnhancedCode{5, 1, 10}));
  for (const auto* text : {"", "5", "5.1", "5.1.", "3.1.1", "5.1.1x", "5.1.1234", "5..1", "version 5.1.1"})
    EXPECT_FALSE(parse_enhanced_code(text)) << text;
}

TEST(EnhancedCode, that_contradicts_the_reply_is_ignored) { EXPECT_FALSE(parse_one("450 5.1.1 odd\r\n")->enhanced); }

TEST(Capabilities, are_read_ignoring_case_and_unknown_words) {
  const auto found = parse_capabilities(
      *parse_one("250-mx Hello PIPELINING\r\n250-size 1000\r\n250-8bitmime\r\n250-AUTH PLAIN login XOAUTH2 SCRAM-SHA-256\r\n"
                 "250-STARTTLS\r\n250-dsn\r\n250-XFOO bar\r\n250-ENHANCEDSTATUSCODES\r\n250 SMTPUTF8\r\n"));
  EXPECT_FALSE(found.pipelining) << "a greeting is no capability";
  EXPECT_TRUE(found.size && found.eight_bit_mime && found.starttls && found.dsn && found.enhanced_status_codes && found.smtputf8);
  EXPECT_EQ(found.max_size, 1000U);
  EXPECT_TRUE(found.auth_plain && found.auth_login && found.auth_xoauth2);
}

TEST(Capabilities, with_broken_arguments_are_harmless) {
  const auto found =
      parse_capabilities(*parse_one("250-mx\r\n250-SIZE 99999999999999999999999\r\n250-SIZE -3\r\n250-\r\n250 AUTH=LOGIN PLAIN\r\n"));
  EXPECT_TRUE(found.size);
  EXPECT_EQ(found.max_size, 0U);
  EXPECT_TRUE(found.auth_plain && found.auth_login);
}

}  // namespace
}  // namespace messo::mail
