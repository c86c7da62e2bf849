#include "dispatch/weighted_choice.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace messo {
namespace {

using Choice = WeightedChoice<char>;

TEST(WeightedChoiceTest, PicksInProportionAndSpreadEvenly) {
  Choice choice;
  const std::array options{Choice::Option{'a', 5}, Choice::Option{'b', 1}, Choice::Option{'c', 1}};
  std::string picked;
  for (int i = 0; i < 7; ++i) picked += options[*choice.pick(options)].key;
  EXPECT_EQ(picked, "aabacaa");
}

TEST(WeightedChoiceTest, NoOptionsNoChoice) {
  Choice choice;
  EXPECT_EQ(choice.pick({}), std::nullopt);
}

TEST(WeightedChoiceTest, OneThatWasAwayDoesNotCatchUpAll) {
  Choice choice;
  const std::vector<Choice::Option> both{{'a', 1}, {'b', 1}}, one{{'a', 1}};
  for (int i = 0; i < 1000; ++i) (void)choice.pick(one);
  int b = 0;
  for (int i = 0; i < 100; ++i) b += both[*choice.pick(both)].key == 'b';
  EXPECT_EQ(b, 50);
}

}  // namespace
}  // namespace messo
