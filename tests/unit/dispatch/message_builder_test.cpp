#include "dispatch/message_builder.hpp"

#include <gtest/gtest.h>

namespace messo {
namespace {

LeasedDelivery leased(Channel channel) {
  LeasedDelivery out;
  out.channel = channel;
  out.reference = "pratica \"42\"\n";
  out.protocol = "2026/0001234";
  out.case_file = "EDILIZIA-7";
  out.content.recipient.name = "Anna";
  out.content.recipient.fiscal_code = "RSSMRA80A01H501U";
  out.content.recipient.addresses[Channel::email] = "anna@example.it";
  out.content.recipient.addresses[Channel::io] = "RSSMRA80A01H501U";
  out.attempts_counted = 2;
  return out;
}

TEST(MessageBuilderTest, TheFiscalCodeGoesOnlyWhereItAddressesThePerson) {
  EXPECT_EQ(message_meta(leased(Channel::email), {}), R"({"case":"EDILIZIA-7","protocol":"2026/0001234","reference":"pratica \"42\"\n"})");
  EXPECT_NE(message_meta(leased(Channel::io), {}).find("RSSMRA80A01H501U"), std::string::npos);
}

TEST(MessageBuilderTest, BrokenTextBecomesValidJson) {
  LeasedDelivery bad = leased(Channel::email);
  bad.reference = "\xff\xfe";
  EXPECT_NE(message_meta(bad, {}).find("\xef\xbf\xbd"), std::string::npos);
}

TEST(MessageBuilderTest, AnErasedAddressIsAnErrorNotAnEmptyRecipient) {
  LeasedDelivery erased = leased(Channel::sms);
  const auto built = build_message(std::move(erased), {}, {});
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code, "no_address");
}

TEST(MessageBuilderTest, WithoutASenderTheProvidersOwnIsLeftToIt) {
  const auto built = build_message(leased(Channel::email), {}, {});
  ASSERT_TRUE(built);
  EXPECT_EQ(built->from, "");
  EXPECT_EQ(built->to, "anna@example.it");
  EXPECT_EQ(built->attempt_number, 3U);
}

TEST(MessageBuilderTest, AnSmsWithoutASenderHasTheOnlyAliasRegistered) {
  DirectorySnapshot directory;
  Organisation town;
  town.id = OrganisationId::make(from_unix_ms(1));
  Service desk;
  desk.id = ServiceId::make(from_unix_ms(1));
  desk.organisation = town.id;
  directory.organisations[town.id] = town;
  directory.services[desk.id] = desk;
  directory.sms_senders[{town.id, "Comune"}] = {town.id, "Comune", AliasState::registered, "", ""};
  LeasedDelivery sms = leased(Channel::sms);
  sms.service = desk.id;
  sms.content.recipient.addresses[Channel::sms] = "+393331234567";
  LeasedDelivery mail = leased(Channel::email);
  mail.service = desk.id;
  EXPECT_EQ(build_message(std::move(sms), {}, directory)->from, "Comune");
  EXPECT_EQ(build_message(std::move(mail), {}, directory)->from, "") << "an alias is no address of mail";
}

}  // namespace
}  // namespace messo
