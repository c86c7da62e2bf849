// Aliases of SMS: how they are written, who may use them, which one a message has; regions.
#include <gtest/gtest.h>

#include "model/region.hpp"
#include "model/sms_sender_choice.hpp"

namespace messo {
namespace {

TEST(SmsAlias, is_three_to_eleven_plain_characters_with_a_letter) {
  for (const auto* good : {"Comune", "ComuneRoma", "CO.VE-1_a&b", "A12", "Citta di X", "2345678901a"}) {
    EXPECT_EQ(wrong_with_sms_alias(good), "") << good;
  }
  const std::pair<const char*, const char*> bad[] = {{"", "3 to 11"},         {"AB", "3 to 11"},       {"ComuneDiRoma", "3 to 11"},
                                                     {"Città", "accents"},    {"Comune!", "accents"},  {"Com@ne", "accents"},
                                                     {"12345", "one letter"}, {"- . -", "one letter"}, {" Comune", "space"},
                                                     {"Comune ", "space"},    {"Com\nune", "accents"}, {"Com+une", "accents"}};
  for (const auto& [alias, why] : bad) EXPECT_NE(wrong_with_sms_alias(alias).find(why), std::string::npos) << alias;
}

TEST(SmsSenderRules, a_sender_is_an_alias_a_number_or_a_short_code) {
  for (const auto* good : {"+393331234567", "393331234567", "48048", "4880481", "Comune", "110lode"}) {
    EXPECT_EQ(wrong_with_sms_sender(good), "") << good;
  }
  for (const auto* bad : {"", "+", "12", "+12", "1234567890123456", "33 312", "333-12", "+39Comune", "Comune di Roma"}) {
    EXPECT_NE(wrong_with_sms_sender(bad), "") << bad;
  }
  EXPECT_TRUE(is_sms_alias("4Comuni"));
  EXPECT_FALSE(is_sms_alias("+393331234567"));
  EXPECT_FALSE(is_sms_alias(""));
}

TEST(SmsSenderRules, the_day_of_a_registration_is_one_that_exists) {
  EXPECT_TRUE(is_date("2024-02-29"));
  for (const auto* bad : {"", "2026-02-29", "2026-1-1", "22/11/2026", "2026-11-22T10:00:00Z", "2026-13-01"})
    EXPECT_FALSE(is_date(bad)) << bad;
}

TEST(Regions, are_those_of_iso_3166) {
  for (const auto* good : {"IT", "SM", "VA", "AD", "ZW", "US", "XK"}) EXPECT_TRUE(is_region(good)) << good;
  for (const auto* bad : {"", "I", "it", "ITA", "UK", "EU", "T ", " A", "ZZ", "D AE"}) EXPECT_FALSE(is_region(bad)) << bad;
}

// A union of towns above two of them.
class SmsSenders : public ::testing::Test {
 protected:
  SmsSenders() {
    union_ = add("unione", {});
    town_ = add("comune", union_);
    other_ = add("vicino", union_);
    desk_.id = ServiceId::make(from_unix_ms(1));
    desk_.organisation = town_;
  }
  OrganisationId add(const char* key, std::optional<OrganisationId> parent) {
    Organisation o;
    o.id = OrganisationId::make(from_unix_ms(1));
    o.key = key;
    o.parent = parent;
    directory_.organisations[o.id] = o;
    return o.id;
  }
  void enter(OrganisationId organisation, const std::string& alias, AliasState state) {
    directory_.sms_senders[{organisation, alias}] = {organisation, alias, state, "", ""};
  }
  std::string refusal(std::string_view sender) const { return refused_sms_sender(directory_, town_, sender); }
  bool refusal_names(std::string_view sender, std::string_view words) const { return refusal(sender).find(words) != std::string::npos; }

  DirectorySnapshot directory_;
  OrganisationId union_, town_, other_;
  Service desk_;
};

TEST_F(SmsSenders, an_alias_must_be_registered_and_the_refusal_says_how_it_stands) {
  EXPECT_TRUE(refusal_names("Comune", "\"Comune\" is not registered for this organisation (unknown)"));
  enter(town_, "Comune", AliasState::pending);
  EXPECT_TRUE(refusal_names("Comune", "(pending)"));
  enter(town_, "Comune", AliasState::refused);
  EXPECT_TRUE(refusal_names("Comune", "(refused)"));
  enter(town_, "Comune", AliasState::registered);
  EXPECT_EQ(refusal("Comune"), "");
  EXPECT_TRUE(refusal_names("COMUNE", "\"Comune\" is: write")) << refusal("COMUNE");
}

TEST_F(SmsSenders, numbers_short_codes_and_nothing_need_no_registration) {
  for (const auto* sender : {"", "+393331234567", "48048"}) EXPECT_EQ(refusal(sender), "") << sender;
}

TEST_F(SmsSenders, an_alias_registered_above_serves_below_and_one_beside_does_not) {
  enter(other_, "Comune", AliasState::registered);
  EXPECT_NE(refusal("Comune"), "");
  enter(town_, "Comune", AliasState::pending);
  enter(union_, "Comune", AliasState::registered);
  EXPECT_EQ(refusal("Comune"), "");
  EXPECT_EQ(sms_alias_for(directory_, town_, "Comune")->organisation, union_);
  EXPECT_EQ(refused_sms_sender(directory_, union_, "Comune"), "");
}

TEST_F(SmsSenders, a_service_without_one_has_the_single_registered_alias) {
  EXPECT_EQ(sms_sender_of(directory_, desk_), "");
  enter(union_, "Unione", AliasState::registered);
  EXPECT_EQ(sms_sender_of(directory_, desk_), "Unione");
  enter(town_, "Attesa", AliasState::pending);
  EXPECT_EQ(sms_sender_of(directory_, desk_), "Unione");
  enter(town_, "Comune", AliasState::registered);
  EXPECT_EQ(sms_sender_of(directory_, desk_), "Comune");
  enter(town_, "Anagrafe", AliasState::registered);
  EXPECT_EQ(sms_sender_of(directory_, desk_), "") << "which of the two, nobody said";
  desk_.senders[Channel::sms].address = "Anagrafe";
  EXPECT_EQ(sms_sender_of(directory_, desk_), "Anagrafe");
}

TEST_F(SmsSenders, the_region_is_the_nearest_one_given) {
  EXPECT_EQ(directory_.region_of(town_), "IT");
  directory_.organisations[union_].region = "SM";
  EXPECT_EQ(directory_.region_of(town_), "SM");
  directory_.organisations[town_].region = "AT";
  EXPECT_EQ(directory_.region_of(town_), "AT");
  EXPECT_EQ(directory_.region_of(other_), "SM");
  EXPECT_EQ(directory_.region_of(OrganisationId::make(from_unix_ms(9))), "IT");
}

}  // namespace
}  // namespace messo
