// Wire names: written once, read back the same, nothing else accepted.
#include "model/words.hpp"

#include <gtest/gtest.h>

#include "model/directory.hpp"
#include "model/notification.hpp"

namespace messo {
namespace {

TEST(Words, every_name_reads_back) {
  for (const Channel c : kChannels) EXPECT_EQ(parse_channel(to_string(c)), c);
  for (const Priority p : kPriorities) EXPECT_EQ(parse_priority(to_string(p)), p);
  for (const auto c : {TemplateClass::courtesy, TemplateClass::legal}) EXPECT_EQ(parse_template_class(to_string(c)), c);
  for (const auto k : {KeyKind::live, KeyKind::test}) EXPECT_EQ(parse_key_kind(to_string(k)), k);
  for (const auto d : {OnDoubt::resend, OnDoubt::ask, OnDoubt::hold}) EXPECT_EQ(parse_on_doubt(to_string(d)), d);
  for (const auto s : {TemplateState::draft, TemplateState::published, TemplateState::archived}) {
    EXPECT_EQ(parse_template_state(to_string(s)), s);
  }
  for (const auto r : {SuccessRule::sent, SuccessRule::delivered, SuccessRule::read}) EXPECT_EQ(parse_success_rule(to_string(r)), r);
  for (const auto s : {Scope::send, Scope::read, Scope::admin}) EXPECT_EQ(parse_scope(to_string(s)), s);
}

TEST(Words, no_other_text_is_a_name) {
  for (const std::string_view text : {"", "Email", "e-mail", "email ", "fax", "?"}) EXPECT_FALSE(parse_channel(text)) << text;
  EXPECT_FALSE(parse_priority("high"));
  EXPECT_FALSE(parse_scope("root"));
}

TEST(Words, every_number_that_is_stored_has_a_name) {
  for (int i = 1; i <= 12; ++i) EXPECT_NE(to_string(static_cast<EventKind>(i)), "?") << i;
  for (int i = 1; i <= 5; ++i) {
    EXPECT_NE(to_string(static_cast<OutcomeKind>(i)), "?") << i;
    EXPECT_NE(to_string(static_cast<Milestone>(i)), "?") << i;
    EXPECT_NE(to_string(static_cast<Verification>(i)), "?") << i;
  }
  for (int i = 0; i <= 2; ++i) EXPECT_NE(to_string(static_cast<OutcomeScope>(i)), "?") << i;
  for (int i = 1; i <= 3; ++i) EXPECT_NE(to_string(static_cast<ReceiptKind>(i)), "?") << i;
  for (int i = 0; i <= 4; ++i) EXPECT_NE(to_string(static_cast<StepState>(i)), "?") << i;
}

}  // namespace
}  // namespace messo
