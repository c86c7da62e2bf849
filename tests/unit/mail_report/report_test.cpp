// What other mail systems' reports say, whatever their layout.
#include "mail_report/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "peers/mail_reports.hpp"

namespace messo::mail_report {
namespace {

using peers::Bounce;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Not;

using Shape = std::string (*)(const Bounce&);
const std::pair<const char*, Shape> kShapes[] = {{"Postfix", peers::postfix_bounce},
                                                 {"Exchange", peers::exchange_bounce},
                                                 {"Gmail", peers::gmail_bounce},
                                                 {"EAI", peers::international_bounce}};

Bounce about_a_message() {
  Bounce out;
  out.to = "bounce+abc.def@comune.example.it";
  out.envelope_id = "0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071";
  out.message_id = "<0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071@comune.example.it>";
  return out;
}

TEST(Report, a_failure_is_read_from_every_systems_layout) {
  for (const auto& [name, shape] : kShapes) {
    const auto report = read_report(shape(about_a_message()));
    EXPECT_EQ(to_string(report.kind), "failed") << name;
    ASSERT_EQ(report.recipients.size(), 1U) << name;
    EXPECT_EQ(report.recipients[0].address, "mario.rossi@example.it") << name;
    EXPECT_EQ(report.recipients[0].status, "5.1.1") << name;
    EXPECT_THAT(report.recipients[0].diagnostic, ::testing::StartsWith("smtp; 550 5.1.1")) << name;
    EXPECT_EQ(report.envelope_id, "0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071") << name;
    EXPECT_EQ(report.original_message_id, "0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071@comune.example.it") << name;
    EXPECT_THAT(report.addresses, Contains("bounce+abc.def@comune.example.it")) << name;
    EXPECT_EQ(report.own_message_id, "report-1@mx.example.net") << name;
    EXPECT_EQ(report.at_ms, 1795341600000) << name;
  }
}

TEST(Report, line_ends_without_cr_and_blank_lines_before_do_not_matter) {
  for (const auto& [name, shape] : kShapes) {
    auto text = shape(about_a_message());
    std::erase(text, '\r');
    EXPECT_EQ(read_report("\n\n" + text).kind, Kind::failed) << name;
  }
}

TEST(Report, each_action_has_its_kind_and_a_missing_one_follows_from_the_status) {
  const std::tuple<const char*, const char*, Kind> rows[] = {{"failed", "5.1.1", Kind::failed},    {"Failed", "4.4.7", Kind::failed},
                                                             {"delayed", "4.4.1", Kind::delayed},  {"relayed", "2.0.0", Kind::relayed},
                                                             {"expanded", "2.0.0", Kind::relayed}, {"delivered", "2.0.0", Kind::delivered},
                                                             {"", "5.2.2", Kind::failed},          {"", "4.4.1", Kind::delayed},
                                                             {"", "2.0.0", Kind::delivered},       {"", "", Kind::not_ours},
                                                             {"nonsense", "5.1.1", Kind::not_ours}};
  for (const auto& [action, status, kind] : rows) {
    auto bounce = about_a_message();
    bounce.action = action;
    bounce.status = status;
    EXPECT_EQ(to_string(read_report(peers::postfix_bounce(bounce)).kind), to_string(kind)) << action << ' ' << status;
  }
}

TEST(Report, of_several_recipients_the_gravest_decides_and_only_those_it_is_about_are_told) {
  auto bounce = about_a_message();
  bounce.diagnostic +=
      "\r\n\r\nFinal-Recipient: rfc822; b@example.it\r\nAction: delayed\r\nStatus: 4.4.1\r\n\r\n"
      "Final-Recipient: rfc822; c@example.it\r\nAction: failed\r\nStatus: 5.2.2";
  const auto report = read_report(peers::postfix_bounce(bounce));
  EXPECT_EQ(report.kind, Kind::failed);
  ASSERT_EQ(report.recipients.size(), 2U);
  EXPECT_EQ(report.recipients[1].status, "5.2.2");
}

TEST(Report, a_report_that_says_of_itself_that_it_is_automatic_is_a_report) {
  auto bounce = about_a_message();
  bounce.further = "Auto-Submitted: auto-replied\r\nPrecedence: bulk\r\n";
  EXPECT_EQ(read_report(peers::postfix_bounce(bounce)).kind, Kind::failed);
}

TEST(Report, complaints_name_the_message_and_its_return_path) {
  for (const char* type : {"abuse", "Fraud", "virus", "other", "opt-out"}) {
    const auto report = read_report(peers::complaint(about_a_message(), type, "bounce+x.y@comune.example.it"));
    EXPECT_EQ(to_string(report.kind), "complaint") << type;
    EXPECT_EQ(report.original_message_id, "0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071@comune.example.it");
    EXPECT_THAT(report.addresses, Contains("bounce+x.y@comune.example.it"));
  }
}

TEST(Report, feedback_that_is_no_complaint_changes_nothing) {
  for (const char* type : {"not-spam", "auth-failure", "", "something-new"})
    EXPECT_EQ(to_string(read_report(peers::complaint(about_a_message(), type)).kind), "not_ours") << type;
}

TEST(Report, the_return_path_of_the_returned_message_is_told_too) {
  auto bounce = about_a_message();
  bounce.message_id += "\r\nReturn-Path: <bounce+q.r@comune.example.it>";
  EXPECT_THAT(read_report(peers::postfix_bounce(bounce)).addresses, Contains("bounce+q.r@comune.example.it"));
  EXPECT_THAT(read_report(peers::complaint(bounce)).addresses, Contains("bounce+q.r@comune.example.it"));
}

TEST(Report, automatic_replies_are_told_from_other_mail) {
  EXPECT_EQ(read_report(peers::out_of_office("bounce+a.b@comune.example.it")).kind, Kind::auto_reply);
  const std::string mail = "From: a@example.it\r\nTo: b@example.it\r\nSubject: x\r\n";
  for (const char* line :
       {"Auto-Submitted: auto-generated", "Precedence: bulk", "Precedence: auto_reply", "X-Autoreply: yes", "List-Id: <x.y>",
        "Return-Path: <>", "Content-Type: multipart/report; report-type=disposition-notification; boundary=b"})
    EXPECT_EQ(to_string(read_report(mail + line + "\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n").kind), "auto_reply") << line;
  for (const char* line :
       {"Auto-Submitted: no", "Auto-Submitted: no; owner-email=\"a@b\"", "Precedence: first-class", "Return-Path: <a@b.it>"})
    EXPECT_EQ(to_string(read_report(mail + line + "\r\n\r\nbuongiorno\r\n").kind), "not_ours") << line;
}

TEST(Report, a_bounce_somebody_forwards_or_quotes_is_not_one) {
  const auto inner = peers::postfix_bounce(about_a_message());
  EXPECT_EQ(read_report("Subject: guarda\r\nContent-Type: message/rfc822\r\n\r\n" + inner).kind, Kind::not_ours);
  EXPECT_EQ(read_report("Subject: guarda\r\nContent-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\nContent-Type: message/rfc822\r\n\r\n" +
                        inner + "\r\n--z--\r\n")
                .kind,
            Kind::not_ours);
  EXPECT_EQ(read_report("Subject: guarda\r\n\r\n" + inner).kind, Kind::not_ours);
}

TEST(Report, a_bounce_within_a_bounce_is_about_the_outer_ones_message) {
  auto outer = about_a_message();
  outer.message_id = "<outer@x>";
  auto text = peers::exchange_bounce(outer);
  auto inner = about_a_message();
  inner.message_id = "<inner@x>";
  const auto at = text.find("\r\nBuongiorno");
  text.insert(at, "\r\n" + peers::postfix_bounce(inner));
  const auto report = read_report(text);
  EXPECT_EQ(report.original_message_id, "outer@x");
  EXPECT_EQ(report.recipients.size(), 1U);
}

TEST(Report, broken_ones_are_read_as_far_as_they_go) {
  const auto whole = peers::gmail_bounce(about_a_message());
  for (std::size_t length = 0; length < whole.size(); length += 7) {
    const auto report = read_report(std::string_view(whole).substr(0, length));
    EXPECT_TRUE(report.kind == Kind::not_ours || report.kind == Kind::failed || report.kind == Kind::auto_reply) << length;
  }
  for (const char* text :
       {"", "\r\n\r\n", "Content-Type: multipart/report", "Content-Type: multipart/report; report-type=delivery-status\r\n\r\n",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n"
        "Content-Type: message/delivery-status\r\n\r\n\r\n\r\n\x01\x02\xff\r\n--b--"})
    EXPECT_EQ(read_report(text).kind, Kind::not_ours) << text;
}

TEST(Report, huge_ones_are_read_within_bounds) {
  auto bounce = about_a_message();
  bounce.message_id += "\r\n\r\n" + std::string(20U << 20, 'x');
  EXPECT_EQ(read_report(peers::exchange_bounce(bounce)).kind, Kind::failed) << "the whole message came back";
  bounce.message_id = "<x@y>\r\n\r\n" + std::string(41U << 20, 'x');
  EXPECT_EQ(read_report(peers::exchange_bounce(bounce)).kind, Kind::not_ours);
  bounce = about_a_message();
  bounce.further = "To: ";
  for (int i = 0; i < 500; ++i) bounce.further += "a" + std::to_string(i) + "@x.it, ";
  bounce.further += "z@x.it\r\n";
  EXPECT_LE(read_report(peers::postfix_bounce(bounce)).addresses.size(), 32U);
}

TEST(Report, deep_nesting_costs_nothing) {
  std::string text = "Content-Type: multipart/report; report-type=delivery-status; boundary=b0\r\n\r\n";
  for (int i = 0; i < 5000; ++i) {
    const auto n = std::to_string(i);
    text += "--b" + n + "\r\nContent-Type: multipart/mixed; boundary=b" + std::to_string(i + 1) + "\r\n\r\n";
  }
  EXPECT_EQ(read_report(text).kind, Kind::not_ours);
}

TEST(Report, the_header_alone_says_whether_the_rest_is_worth_fetching) {
  for (const auto& [name, shape] : kShapes) {
    const auto text = shape(about_a_message());
    EXPECT_TRUE(is_report_header(text.substr(0, text.find("\r\n\r\n") + 4))) << name;
  }
  EXPECT_TRUE(is_report_header("Content-Type: multipart/report;\r\n\treport-type=\"Feedback-Report\"; boundary=x\r\n\r\n"));
  EXPECT_TRUE(is_report_header("\r\nContent-Type: Multipart/Report; Report-Type=delivery-status\r\n"))
      << "a server may leave the boundary out";
  EXPECT_FALSE(is_report_header("Content-Type: multipart/report; report-type=disposition-notification; boundary=x\r\n\r\n"));
  EXPECT_FALSE(is_report_header("Content-Type: text/plain\r\n\r\n"));
  EXPECT_FALSE(is_report_header("Subject: multipart/report; report-type=delivery-status\r\n\r\n"));
  EXPECT_FALSE(is_report_header(""));
}

}  // namespace
}  // namespace messo::mail_report
