#include "pec/pec_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "mail/smtp_reply.hpp"

namespace messo::pec {
namespace {

using nlohmann::json;
using ::testing::StartsWith;

PecConfig read(json more) {
  json config{{"from", "Comune di Esempio <protocollo@pec.comune.example.it>"}, {"password", "segreta"}};
  config.update(more);
  auto read = read_config(config.dump());
  if (!read) throw std::runtime_error(read.error().message);
  return std::move(*read);
}
std::string refused(json more) {
  try {
    read(std::move(more));
    return "taken";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

struct PresetRow {
  const char *name, *smtp, *imap;
  std::uint64_t bytes;
};
class Presets : public ::testing::TestWithParam<PresetRow> {};

TEST_P(Presets, bring_hosts_ports_and_size_of_their_provider) {
  const auto& row = GetParam();
  const auto config = read({{"preset", row.name}});
  EXPECT_EQ(config.settings.host, row.smtp);
  EXPECT_EQ(config.settings.port, 465);
  EXPECT_EQ(config.settings.tls, mail::TlsMode::implicit);
  EXPECT_EQ(config.settings.max_message_bytes, row.bytes);
  EXPECT_EQ(config.settings.username, "protocollo@pec.comune.example.it");
  EXPECT_EQ(config.mailbox.host, row.imap);
  EXPECT_EQ(config.mailbox.port, 993);
  EXPECT_EQ(config.mailbox.tls, mail::TlsMode::implicit);
  EXPECT_EQ(config.mailbox.username, "protocollo@pec.comune.example.it");
  EXPECT_EQ(config.mailbox.password.reveal(), "segreta");
}
INSTANTIATE_TEST_SUITE_P(Pec, Presets,
                         ::testing::Values(PresetRow{"aruba", "smtps.pec.aruba.it", "imaps.pec.aruba.it", 100'000'000},
                                           PresetRow{"legalmail", "sendm.cert.legalmail.it", "mbox.cert.legalmail.it", 100'000'000},
                                           PresetRow{"namirial", "smtps.sicurezzapostale.it", "imaps.sicurezzapostale.it", 100'000'000},
                                           PresetRow{"poste", "relay.poste.it", "mail.postecert.it", 50'000'000},
                                           PresetRow{"register", "smtp.pec.register.it", "imap.pec.register.it", 30'000'000}),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(PecConfig, every_value_of_a_preset_can_be_overridden) {
  const auto config = read({{"preset", "legalmail"},
                            {"host", "smtp.example.it"},
                            {"port", 2465},
                            {"username", "M1234567"},
                            {"max_message_bytes", 5'000'000},
                            {"replies", json::array({{{"match", "Class Of Service"}, {"class", "permanent"}}})},
                            {"mailbox", {{"host", "imap.example.it"}, {"port", 2993}, {"username", "M7654321"}, {"password", "altra"}}}});
  EXPECT_EQ(config.settings.host, "smtp.example.it");
  EXPECT_EQ(config.settings.port, 2465);
  EXPECT_EQ(config.settings.username, "M1234567");
  EXPECT_EQ(config.settings.max_message_bytes, 5'000'000U);
  EXPECT_EQ(config.mailbox.host, "imap.example.it");
  EXPECT_EQ(config.mailbox.port, 2993);
  EXPECT_EQ(config.mailbox.username, "M7654321");
  EXPECT_EQ(config.mailbox.password.reveal(), "altra");
  const mail::Reply reply{550, {}, "MAIL from: \"x\" blocked \"Class Of Service\" - Too much traffic from this sender"};
  EXPECT_EQ(mail::classify(mail::Stage::mail, reply, config.settings.overrides), mail::ReplyClass::permanent)
      << "the administrator comes first";
}

TEST(PecConfig, a_provider_without_preset_gets_what_the_law_guarantees) {
  const auto config = read({{"host", "smtp.pec.example.it"}, {"mailbox", {{"host", "imap.pec.example.it"}}}});
  EXPECT_EQ(config.settings.port, 465);
  EXPECT_EQ(config.settings.max_message_bytes, 30'000'000U);
  EXPECT_FALSE(config.settings.dsn);
  EXPECT_EQ(config.receipt_kind, "breve");
  EXPECT_FALSE(config.accept_external);
  EXPECT_EQ(read({{"host", "s"}, {"tls", "starttls"}, {"mailbox", {{"host", "i"}, {"tls", "starttls"}}}}).settings.port, 587);
  EXPECT_EQ(read({{"preset", "aruba"}, {"mailbox", {{"protocol", "pop3"}}}}).mailbox.host, "pop3s.pec.aruba.it");
  EXPECT_EQ(read({{"preset", "aruba"}, {"mailbox", {{"protocol", "pop3"}}}}).mailbox.port, 995);
}

TEST(PecConfig, a_refused_extension_may_be_written_with_its_dot) {
  const auto config = read({{"preset", "aruba"}, {"refused_attachments", {"exe", ".BAT", "tar.gz"}}});
  EXPECT_EQ(config.refused, (RefusedExtensions{"exe", "bat", "gz"}));
}

TEST(PecConfig, what_cannot_be_meant_is_refused_with_field_and_remedy) {
  EXPECT_THAT(refused({{"from", "nessuno"}}), StartsWith("from:"));
  EXPECT_THAT(refused({{"from", "perché@pec.example.it"}, {"preset", "aruba"}}), StartsWith("from:"));
  EXPECT_THAT(refused({{"from", "a@" + std::string(60, 'b') + "." + std::string(60, 'c') + "." + std::string(60, 'd') + ".it"}}),
              StartsWith("from:"))
      << "a Message-ID over 200 characters";
  EXPECT_THAT(refused(json::object()), StartsWith("host:"));
  EXPECT_THAT(refused({{"host", "smtp.example.it"}}), StartsWith("mailbox.host:"));
  EXPECT_THAT(refused({{"preset", "poste"}, {"mailbox", {{"protocol", "pop3"}}}}), StartsWith("mailbox.host:"));
  EXPECT_THAT(refused({{"preset", "aruba"}, {"tls", "none"}, {"host", "127.0.0.1"}}), StartsWith("tls:"));
  EXPECT_THAT(refused({{"preset", "aruba"}, {"replies", json::array({{{"match", "("}, {"class", "throttle"}}})}}), StartsWith("replies:"));
}

// What pec.md has of each provider: the 5xx that mean "slow down".
TEST(PecConfig, legalmails_too_much_traffic_is_a_throttle_and_only_there) {
  const mail::Reply reply{
      550, {}, "MAIL from: \"comune@cert.legalmail.it\" blocked \"Class Of Service\" - Too much traffic from this sender"};
  EXPECT_EQ(mail::classify(mail::Stage::mail, reply, read({{"preset", "legalmail"}}).settings.overrides), mail::ReplyClass::throttle);
  EXPECT_EQ(mail::classify(mail::Stage::mail, reply, read({{"preset", "aruba"}}).settings.overrides), mail::ReplyClass::policy);
  const mail::Reply other{250, {}, "Class Of Service"};
  EXPECT_EQ(mail::classify(mail::Stage::mail, other, read({{"preset", "legalmail"}}).settings.overrides), mail::ReplyClass::accepted);
}

}  // namespace
}  // namespace messo::pec
