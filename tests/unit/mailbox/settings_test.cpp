#include "mailbox/settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "mailbox/imap_folder.hpp"
#include "mailbox/imap_guard.hpp"
#include "support/whole_file.hpp"

namespace messo::mailbox {
namespace {

using nlohmann::json;
using test::whole_file;
using testing::HasSubstr;

json minimal() { return {{"host", "imap.example.it"}, {"username", "u@example.it"}, {"password", "p"}}; }

TEST(MailboxSettings, defaults_are_those_of_the_schema) {
  const auto schema = json::parse(whole_file("plugins/mailbox/schema.json"));
  json filled = minimal();
  for (const auto& [key, rule] : schema.at("properties").items()) {
    if (rule.contains("default")) filled[key] = rule.at("default");
  }
  for (const auto& [key, rule] : schema.at("properties").at("timeouts").at("properties").items())
    filled["timeouts"][key] = rule.at("default");
  for (const json& tree : {minimal(), filled}) {
    const auto settings = read_settings(tree);
    ASSERT_TRUE(settings) << settings.error().message;
    const Settings plain;
    EXPECT_EQ(settings->protocol, plain.protocol);
    EXPECT_EQ(settings->port, 993);
    EXPECT_EQ(settings->tls, plain.tls);
    EXPECT_EQ(settings->folder, plain.folder);
    EXPECT_EQ(settings->after, After::keep);
    EXPECT_EQ(settings->every, plain.every);
    EXPECT_EQ(settings->idle, plain.idle);
    EXPECT_EQ(settings->max_message_bytes, plain.max_message_bytes);
    EXPECT_EQ(settings->account_pause, plain.account_pause);
    EXPECT_EQ(settings->timeouts.connect, plain.timeouts.connect);
    EXPECT_EQ(settings->timeouts.tls, plain.timeouts.tls);
    EXPECT_EQ(settings->timeouts.answer, plain.timeouts.answer);
    EXPECT_EQ(settings->name(), "u@example.it/INBOX");
  }
}

TEST(MailboxSettings, every_key_is_read_and_described) {
  json tree = minimal();
  tree.update({{"protocol", "imap"},
               {"port", 1993},
               {"tls", "starttls"},
               {"ca_file", "/ca.pem"},
               {"folder", "Ricevute"},
               {"after", "move"},
               {"move_to", "Elaborate"},
               {"poll_seconds", 7},
               {"idle", false},
               {"max_message_bytes", 70000},
               {"account_pause_seconds", 61},
               {"timeouts", {{"connect", 1}, {"tls", 2}, {"answer", 3}}}});
  const auto settings = read_settings(tree);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->port, 1993);
  EXPECT_EQ(settings->tls, mail::TlsMode::starttls);
  EXPECT_EQ(settings->ca_file, "/ca.pem");
  EXPECT_EQ(settings->folder, "Ricevute");
  EXPECT_EQ(settings->after, After::move);
  EXPECT_EQ(settings->move_to, "Elaborate");
  EXPECT_EQ(settings->every, std::chrono::seconds(7));
  EXPECT_FALSE(settings->idle);
  EXPECT_EQ(settings->max_message_bytes, 70000U);
  EXPECT_EQ(settings->account_pause, std::chrono::seconds(61));
  EXPECT_EQ(settings->timeouts.answer, std::chrono::seconds(3));
  const auto schema = json::parse(whole_file("plugins/mailbox/schema.json"));
  const auto readme = whole_file("plugins/mailbox/README.md");
  for (const auto& [key, value] : tree.items()) EXPECT_TRUE(schema.at("properties").contains(key)) << key;
  for (const auto& [key, rule] : schema.at("properties").items()) {
    EXPECT_TRUE(tree.contains(key)) << key << " is not read";
    EXPECT_THAT(readme, HasSubstr("`" + key + "`"));
  }
}

TEST(MailboxSettings, what_a_schema_cannot_say_is_said_with_field_and_remedy) {
  const auto problem = [](const json& more) {
    json tree = minimal();
    tree.update(more);
    const auto settings = read_settings(tree);
    return settings ? std::string{} : settings.error().message;
  };
  EXPECT_THAT(problem({{"tls", "none"}}), HasSubstr("mailbox.tls"));
  EXPECT_EQ(problem({{"tls", "none"}, {"host", "127.0.0.1"}}), "");
  EXPECT_THAT(problem({{"username", "a\r\nb"}}), HasSubstr("mailbox.username"));
  EXPECT_THAT(problem({{"password", ""}}), HasSubstr("mailbox.password"));
  EXPECT_THAT(problem({{"after", "move"}}), HasSubstr("mailbox.move_to"));
  EXPECT_THAT(problem({{"move_to", "x"}}), HasSubstr("mailbox.move_to"));
  EXPECT_THAT(problem({{"after", "move"}, {"move_to", "INBOX"}}), HasSubstr("another folder"));
  EXPECT_THAT(problem({{"protocol", "pop3"}, {"after", "seen"}}), HasSubstr("mailbox.after"));
  EXPECT_THAT(problem({{"protocol", "pop3"}, {"folder", "Ricevute"}}), HasSubstr("mailbox.folder"));
  EXPECT_EQ(problem({{"protocol", "pop3"}, {"folder", "INBOX"}, {"after", "delete"}}), "");
  EXPECT_THAT(problem({{"protocol", "pop3"}, {"password", std::string(501, 'x')}}), HasSubstr("too long"));
  EXPECT_THAT(problem({{"folder", "a\xFF"}}), HasSubstr("mailbox.folder"));
}

TEST(MailboxSettings, the_usual_port_goes_with_protocol_and_tls) {
  const auto port = [](const char* protocol, const char* tls) {
    json tree = minimal();
    tree["protocol"] = protocol, tree["tls"] = tls, tree["port"] = 0;
    return read_settings(tree)->port;
  };
  EXPECT_EQ(port("imap", "implicit"), 993);
  EXPECT_EQ(port("imap", "starttls"), 143);
  EXPECT_EQ(port("pop3", "implicit"), 995);
  EXPECT_EQ(port("pop3", "starttls"), 110);
}

TEST(ImapFolderName, is_written_as_servers_expect_it) {
  EXPECT_EQ(to_imap_folder("INBOX"), "INBOX");
  EXPECT_EQ(to_imap_folder("Già lette"), "Gi&AOA- lette");
  EXPECT_EQ(to_imap_folder("Ufficio A&B"), "Ufficio A&-B");
  EXPECT_EQ(to_imap_folder("\xFF"), std::nullopt);
}

TEST(ImapGuardTest, lets_through_what_a_server_says_in_any_pieces) {
  const std::string answer =
      "* OK [CAPABILITY IMAP4rev1] (ready\r\n* 1 FETCH (UID 1 BODY[HEADER.FIELDS (X Y)] {6}\r\n((((((\r\n BODY[] {3}\r\nabc)\r\n7 OK "
      "done\r\n";
  for (std::size_t piece = 1; piece < answer.size(); ++piece) {
    ImapGuard guard;
    for (std::size_t at = 0; at < answer.size(); at += piece) EXPECT_TRUE(guard.pass(std::string_view(answer).substr(at, piece)));
  }
}

TEST(ImapGuardTest, stops_what_would_cost_too_much) {
  const auto passes = [](const std::string& bytes) {
    ImapGuard guard;
    guard.allow_literals(100);
    return guard.pass(bytes);
  };
  EXPECT_TRUE(passes("* 1 FETCH {100}\r\n" + std::string(100, '(') + ")\r\n"));
  EXPECT_FALSE(passes("* 1 FETCH {101}\r\n"));
  EXPECT_FALSE(passes("* 1 FETCH {99999999999999999999999999}\r\n"));
  EXPECT_TRUE(passes("* 1 FETCH " + std::string(64, '(')));
  EXPECT_FALSE(passes("* 1 FETCH " + std::string(65, '(')));
  EXPECT_FALSE(passes("* OK {90}\r\n* 1 FETCH " + std::string(65, '('))) << "no literal in a line of text";
  EXPECT_FALSE(passes("* SEARCH " + std::string(ImapGuard::kMostLine, '1')));
}

}  // namespace
}  // namespace messo::mailbox
