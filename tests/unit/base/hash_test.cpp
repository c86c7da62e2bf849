#include "base/hash.hpp"

#include <gtest/gtest.h>

#include <set>

#include "base/uuid.hpp"

namespace messo {
namespace {

TEST(Hash, sha256_and_hmac_match_published_vectors) {
  EXPECT_EQ(to_hex(as_text(sha256("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-4
  EXPECT_EQ(to_hex(as_text(hmac_sha256("Jefe", "what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");  // RFC 4231 §4.3
  Sha256Stream stream;
  stream.update("a");
  stream.update("bc");
  EXPECT_EQ(stream.finish(), sha256("abc"));
}

TEST(Base64, matches_rfc4648_vectors) {
  const std::pair<const char*, const char*> rows[] = {{"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : rows) {
    EXPECT_EQ(to_base64(plain), coded);
    EXPECT_EQ(from_base64(coded), plain);
    EXPECT_EQ(from_base64url(to_base64url(plain)), plain);
  }
}

TEST(Base64, refuses_what_is_not_canonical) {
  for (const char* bad : {"Z", "Zg=", "Zg", "Zh==", "Zm9v\n", "Zm9*", "====", "Z==="}) EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(UuidV7, rises_within_a_millisecond_and_across_a_clock_step_back) {
  const Instant now = from_unix_ms(1'780'000'000'000);
  Uuid last = make_uuid_v7(now);
  for (int i = 0; i < 10'000; ++i) {
    const Uuid next = make_uuid_v7(i % 2 == 0 ? now : now - Millis{5'000});
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(UuidV7, has_version_variant_and_text_form) {
  const Uuid id = make_uuid_v7(from_unix_ms(1'780'000'000'000));
  EXPECT_EQ(id.bytes[6] >> 4, 7);
  EXPECT_EQ(id.bytes[8] >> 6, 2);
  EXPECT_EQ(Uuid::parse(id.to_string()), id);
  for (const char* bad : {"", "0190f3c2", "0190f3c2-0000-7000-8000-00000000000g", "0190f3c2x0000-7000-8000-000000000000"})
    EXPECT_FALSE(Uuid::parse(bad));
}

}  // namespace
}  // namespace messo
