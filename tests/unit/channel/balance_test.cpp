// What a plugin may say of its account, and what is no balance.
#include <gtest/gtest.h>

#include "channel/balance.hpp"

namespace messo {
namespace {

TEST(BalanceOfAnAccount, is_read_as_the_contract_says) {
  const auto whole = read_balance(R"({"amount":"12.34","currency":"EUR","messages":830,"text":"until March","later":[1]})");
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->amount + whole->currency + whole->text, "12.34EURuntil March");
  EXPECT_EQ(whole->messages, 830U);
  EXPECT_EQ(read_balance(R"({"messages":0})")->messages, 0U) << "none left is an answer";
  EXPECT_EQ(read_balance(R"({"amount":"-0.5"})")->amount, "-0.5") << "so is a debt";
  EXPECT_EQ(read_balance(R"({"amount":"999999999999999.123456","currency":"CHF"})")->currency, "CHF");
}

TEST(BalanceOfAnAccount, that_is_none_is_refused) {
  for (const char* text : {"",
                           "[]",
                           "12.34",
                           "{",
                           "{}",
                           R"({"text":"a lot"})",
                           R"({"currency":"EUR"})",
                           R"({"amount":""})",
                           R"({"amount":"12,34"})",
                           R"({"amount":"1e3"})",
                           R"({"amount":"."})",
                           R"({"amount":".5"})",
                           R"({"amount":"5."})",
                           R"({"amount":"--1"})",
                           R"({"amount":"1.1234567"})",
                           R"({"amount":"1234567890123456"})",
                           R"({"amount":12.34})",
                           R"({"amount":"1","currency":"eur"})",
                           R"({"amount":"1","currency":"EURO"})",
                           R"({"messages":-1})",
                           R"({"messages":1.5})",
                           R"({"messages":"1"})",
                           R"({"messages":1,"text":7})"}) {
    const auto read = read_balance(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, "bad_balance") << text;
  }
}

}  // namespace
}  // namespace messo
