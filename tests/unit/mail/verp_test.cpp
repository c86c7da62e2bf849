#include "mail/verp.hpp"

#include <gtest/gtest.h>

#include "mail/mail_address.hpp"

namespace messo::mail {
namespace {

const auto delivery = Uuid::parse("0190f3c2-4d5e-7f00-8a1b-2c3d4e5f6071").value();

TEST(Verp, returns_the_delivery_it_was_made_for) {
  const auto address = verp_address(delivery, "bounces.example.it", "a key");
  EXPECT_TRUE(parse_address(address)) << address;
  EXPECT_EQ(delivery_of_verp(address, "a key"), delivery);
}

TEST(Verp, survives_relays_that_fold_case) {
  auto address = verp_address(delivery, "bounces.example.it", "a key");
  for (char& c : address) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  EXPECT_EQ(delivery_of_verp(address, "a key"), delivery);
}

TEST(Verp, cannot_be_forged_or_altered) {
  const auto address = verp_address(delivery, "bounces.example.it", "a key");
  EXPECT_FALSE(delivery_of_verp(address, "another key"));
  for (std::size_t i = 0; i < address.find('@'); ++i) {
    auto altered = address;
    altered[i] = altered[i] == 'v' ? '0' : 'v';
    EXPECT_FALSE(delivery_of_verp(altered, "a key")) << altered;
  }
  for (const auto* text : {"", "@", "bounce+@x", "bounce+abc.def@x", "someone@example.it"}) EXPECT_FALSE(delivery_of_verp(text, "a key"));
}

}  // namespace
}  // namespace messo::mail
