#include "peers/mail_reports.hpp"

#include "mail/mime_encoding.hpp"

namespace messo::peers {
namespace {

std::string field(const std::string& name, const std::string& value) { return value.empty() ? "" : name + ": " + value + "\r\n"; }

std::string headers(const Bounce& bounce, const std::string& from, const std::string& subject, const std::string& type) {
  return "Return-Path: <>\r\n" + field("Delivered-To", bounce.to) + field("Date", bounce.date) + "From: " + from +
         "\r\nSubject: " + subject + "\r\n" + field("To", bounce.to) + field("Message-ID", bounce.own_id) + bounce.further +
         "MIME-Version: 1.0\r\nContent-Type: " + type + "\r\n\r\n";
}

std::string recipient_fields(const Bounce& bounce, const std::string& address_type = "rfc822") {
  return field("Final-Recipient", address_type + "; " + bounce.recipient) + field("Action", bounce.action) +
         field("Status", bounce.status) + field("Diagnostic-Code", bounce.diagnostic);
}

std::string original_header(const Bounce& bounce) {
  return "Received: from hub.comune.example.it by mx.example.net; Sun, 22 Nov 2026 09:59:00 +0000\r\n"
         "From: Comune di Esempio <noreply@comune.example.it>\r\n" +
         field("To", bounce.recipient) + "Subject: Promemoria\r\n" + field("Message-ID", bounce.message_id);
}

std::string base64(const std::string& bytes) {
  std::string out;
  mail::append_base64_lines(out, bytes);
  return out;
}

}  // namespace

std::string postfix_bounce(const Bounce& bounce) {
  return headers(bounce, "MAILER-DAEMON@mx.example.net (Mail Delivery System)", "Undelivered Mail Returned to Sender",
                 "multipart/report; report-type=delivery-status;\r\n\tboundary=\"4A1F.1763805600/mx.example.net\"") +
         "This is a MIME-encapsulated message.\r\n\r\n--4A1F.1763805600/mx.example.net\r\nContent-Description: Notification\r\n"
         "Content-Type: text/plain; charset=us-ascii\r\n\r\nThis is the mail system at host mx.example.net.\r\n\r\n"
         "--4A1F.1763805600/mx.example.net\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n"
         "Reporting-MTA: dns; mx.example.net\r\n" +
         field("Original-Envelope-Id", bounce.envelope_id) +
         "X-Postfix-Queue-ID: 4A1F\r\nX-Postfix-Sender: rfc822; noreply@comune.example.it\r\n"
         "Arrival-Date: Sun, 22 Nov 2026 09:59:00 +0000 (UTC)\r\n\r\n" +
         recipient_fields(bounce) +
         "\r\n--4A1F.1763805600/mx.example.net\r\nContent-Description: Undelivered Message Headers\r\nContent-Type: "
         "text/rfc822-headers\r\n\r\n" +
         original_header(bounce) + "\r\n--4A1F.1763805600/mx.example.net--\r\n";
}

std::string exchange_bounce(const Bounce& bounce) {
  return headers(bounce, "<postmaster@outlook.example.com>", "Undeliverable: Promemoria",
                 "multipart/report; report-type=delivery-status;\r\n\tboundary=\"outer_\"") +
         "--outer_\r\nContent-Type: multipart/alternative; differences=Content-Type;\r\n\tboundary=\"inner_\"\r\n\r\n--inner_\r\n"
         "Content-Type: text/plain; charset=\"us-ascii\"\r\n\r\nYour message couldn't be delivered.\r\n--inner_\r\n"
         "Content-Type: text/html; charset=\"us-ascii\"\r\n\r\n<p>Your message couldn't be delivered.</p>\r\n--inner_--\r\n\r\n--outer_\r\n"
         "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;mail.outlook.example.com\r\n" +
         field("Original-Envelope-Id", bounce.envelope_id) +
         "Received-From-MTA: dns;hub.comune.example.it\r\nArrival-Date: Sun, 22 Nov 2026 09:59:00 +0000\r\n\r\n" +
         recipient_fields(bounce) + "X-Display-Name: Mario Rossi\r\n\r\n--outer_\r\nContent-Type: message/rfc822\r\n\r\n" +
         original_header(bounce) + "Content-Type: text/plain\r\n\r\nBuongiorno\r\n--outer_--\r\n";
}

std::string gmail_bounce(const Bounce& bounce) {
  return headers(bounce, "Mail Delivery Subsystem <mailer-daemon@googlemail.example.com>", "Delivery Status Notification (Failure)",
                 "multipart/report; boundary=\"000000000000aa\"; report-type=delivery-status") +
         "--000000000000aa\r\nContent-Type: multipart/related; boundary=\"000000000000bb\"\r\n\r\n--000000000000bb\r\n"
         "Content-Type: multipart/alternative; boundary=\"000000000000cc\"\r\n\r\n--000000000000cc\r\n"
         "Content-Type: text/plain; charset=\"UTF-8\"\r\n\r\n** Address not found **\r\n--000000000000cc--\r\n"
         "--000000000000bb\r\nContent-Type: image/png; name=\"icon.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n"
         "--000000000000bb--\r\n--000000000000aa\r\nContent-Type: message/delivery-status\r\n\r\n"
         "Reporting-MTA: dns; googlemail.example.com\r\n" +
         field("Original-Envelope-Id", bounce.envelope_id) + "Arrival-Date: Sun, 22 Nov 2026 01:59:00 -0800 (PST)\r\n" +
         field("X-Original-Message-ID", bounce.message_id) + "\r\n" + recipient_fields(bounce) +
         "Last-Attempt-Date: Sun, 22 Nov 2026 01:59:01 -0800 (PST)\r\n\r\n--000000000000aa\r\nContent-Type: message/rfc822\r\n\r\n" +
         original_header(bounce) + "\r\nBuongiorno\r\n--000000000000aa--\r\n";
}

std::string international_bounce(const Bounce& bounce) {
  return headers(bounce, "MAILER-DAEMON@mx.example.net",
                 "=?UTF-8?Q?Non_consegnato?=", "multipart/report; report-type=delivery-status; boundary=eai") +
         "--eai\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nNon è stato consegnato.\r\n--eai\r\n"
         "Content-Type: message/global-delivery-status\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
         base64("Reporting-MTA: dns; mx.example.net\r\n" + field("Original-Envelope-Id", bounce.envelope_id) + "\r\n" +
                recipient_fields(bounce, "utf-8")) +
         "\r\n--eai\r\nContent-Type: message/global-headers; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
         original_header(bounce) + "\r\n--eai--\r\n";
}

std::string complaint(const Bounce& about, const std::string& type, const std::string& mail_from) {
  return headers(about, "<feedback@provider.example.com>", "FW: Promemoria",
                 "multipart/report; report-type=feedback-report; boundary=\"arf\"") +
         "--arf\r\nContent-Type: text/plain; charset=\"US-ASCII\"\r\n\r\nThis is an email abuse report.\r\n--arf\r\n"
         "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: " +
         type + "\r\nUser-Agent: SomeGenerator/1.0\r\nVersion: 1\r\n" +
         (mail_from.empty() ? "" : "Original-Mail-From: <" + mail_from + ">\r\n") + "\r\n--arf\r\nContent-Type: message/rfc822\r\n\r\n" +
         original_header(about) + "\r\nBuongiorno\r\n--arf--\r\n";
}

std::string out_of_office(const std::string& to) {
  return "Return-Path: <>\r\nFrom: Mario Rossi <mario.rossi@example.it>\r\nTo: " + to +
         "\r\nSubject: Fuori ufficio\r\nMessage-ID: <away@example.it>\r\nAuto-Submitted: auto-replied (vacation)\r\n\r\nTorno lunedi.\r\n";
}

}  // namespace messo::peers
