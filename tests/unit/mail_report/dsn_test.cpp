// Bounces of ordinary mail servers.
#include "mail_report/dsn.hpp"

#include <gtest/gtest.h>

namespace messo::mail_report {
namespace {

std::string report(const std::string& status, const std::string& returned, const std::string& status_type = "message/delivery-status") {
  return "From: mailer-daemon@mx.example\r\nContent-Type: multipart/report; Report-Type=\"Delivery-Status\"; boundary=b\r\n\r\n"
         "--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n--b\r\nContent-Type: " +
         status_type + "\r\n\r\n" + status + "\r\n--b\r\n" + returned + "\r\n--b--\r\n";
}

const std::string kMessageBlock = "Reporting-MTA: dns; mx.example\r\nOriginal-Envelope-Id: env-42\r\n\r\n";
const std::string kFailed =
    "Original-Recipient: rfc822;Anna@example.org\r\nFinal-Recipient: RFC822; anna@mail.example.org\r\nAction: Failed (no such user)\r\n"
    "Status: 5.1.1 (bad address)\r\nDiagnostic-Code: smtp; 550 5.1.1\r\n no such user\r\n\r\n";

TEST(Dsn, tells_each_recipient_and_the_message_it_is_about) {
  const auto dsn =
      read_dsn(report(kMessageBlock + kFailed + "Final-Recipient: rfc822; b@example.org\r\nAction: delayed\r\nStatus: 4.4.1\r\n",
                      "Content-Type: message/rfc822\r\n\r\nMessage-ID: <m@x>\r\nX-Riferimento-Message-ID: <ours@y>\r\n\r\nbody"));
  ASSERT_TRUE(dsn);
  EXPECT_EQ(dsn->envelope_id, "env-42");
  ASSERT_EQ(dsn->recipients.size(), 2U);
  EXPECT_EQ(dsn->recipients[0].address, "anna@mail.example.org");
  EXPECT_EQ(dsn->recipients[0].original_address, "Anna@example.org");
  EXPECT_EQ(dsn->recipients[0].action, "failed");
  EXPECT_EQ(dsn->recipients[0].status, "5.1.1");
  EXPECT_EQ(dsn->recipients[0].diagnostic, "smtp; 550 5.1.1 no such user");
  EXPECT_EQ(dsn->recipients[1].action, "delayed");
  EXPECT_EQ(dsn->original.message_id, "m@x");
  EXPECT_EQ(dsn->original.reference, "ours@y");
}

TEST(Dsn, returned_headers_alone_name_the_message_too) {
  for (const char* type : {"text/rfc822-headers", "message/global-headers"}) {
    const auto dsn =
        read_dsn(report(kMessageBlock + kFailed, std::string("Content-Type: ") + type + "\r\n\r\nSubject: x\r\nMessage-ID: <m@x>\r\n"));
    ASSERT_TRUE(dsn);
    EXPECT_EQ(dsn->original.message_id, "m@x") << type;
  }
}

TEST(Dsn, international_reports_are_read_alike) {
  const auto dsn =
      read_dsn(report(kMessageBlock + "Final-Recipient: utf-8; andr\xc3\xa9@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n",
                      "Content-Type: text/plain\r\n\r\nnothing returned", "message/global-delivery-status"));
  ASSERT_TRUE(dsn);
  ASSERT_EQ(dsn->recipients.size(), 1U);
  EXPECT_EQ(dsn->recipients[0].address, "andré@example.org");
  EXPECT_EQ(dsn->original.message_id, "");
}

TEST(Dsn, line_ends_and_a_missing_block_about_the_message_do_not_matter) {
  auto text = report(kFailed, "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <m@x>\r\n");
  std::erase(text, '\r');
  const auto dsn = read_dsn(text);
  ASSERT_TRUE(dsn);
  ASSERT_EQ(dsn->recipients.size(), 1U);
  EXPECT_EQ(dsn->recipients[0].status, "5.1.1");
  EXPECT_EQ(dsn->original.message_id, "m@x");
}

TEST(Dsn, other_mail_is_none) {
  EXPECT_FALSE(read_dsn(""));
  EXPECT_FALSE(read_dsn("Subject: Undelivered\r\n\r\nFinal-Recipient: rfc822; a@b\r\n"));
  EXPECT_FALSE(read_dsn("Content-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b--\r\n"));
}

TEST(Dsn, many_recipients_are_cut_off) {
  std::string status = kMessageBlock;
  for (int i = 0; i < 500; ++i) status += kFailed;
  const auto dsn = read_dsn(report(status, "Content-Type: text/plain\r\n\r\n"));
  ASSERT_TRUE(dsn);
  EXPECT_EQ(dsn->recipients.size(), 100U);
}

}  // namespace
}  // namespace messo::mail_report
