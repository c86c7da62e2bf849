#include "model/directory.hpp"

#include <gtest/gtest.h>

namespace messo {
namespace {

TEST(ApiKeys, are_long_random_and_kept_as_their_hash) {
  const NewApiKey live = make_api_key(KeyKind::live);
  const NewApiKey test = make_api_key(KeyKind::test);
  EXPECT_TRUE(live.secret.reveal().starts_with("messo_live_"));
  EXPECT_TRUE(test.secret.reveal().starts_with("messo_test_"));
  EXPECT_EQ(from_base64url(live.secret.reveal().substr(11))->size(), 32U);
  EXPECT_EQ(live.hash, sha256(live.secret.reveal()));
  EXPECT_NE(make_api_key(KeyKind::live).hash, live.hash);
}

TEST(Scopes, are_a_set_with_a_text) {
  Scopes scopes;
  EXPECT_EQ(to_string(scopes), "");
  scopes.add(Scope::admin);
  scopes.add(Scope::send);
  EXPECT_TRUE(scopes.has(Scope::send));
  EXPECT_FALSE(scopes.has(Scope::read));
  EXPECT_EQ(to_string(scopes), "send,admin");
}

TEST(Retry, has_a_habit_for_every_channel) {
  for (const Channel channel : kChannels) {
    const RetryPolicy policy = default_retry(channel);
    ASSERT_FALSE(policy.waits.empty());
    for (std::size_t i = 1; i < policy.waits.size(); ++i) EXPECT_GT(policy.waits[i], policy.waits[i - 1]);
  }
}

TEST(Snapshot, finds_by_key_and_knows_what_is_paused) {
  DirectorySnapshot d;
  const auto now = from_unix_ms(1);
  const auto a = OrganisationId::make(now), b = OrganisationId::make(now);
  d.organisations[a] = {a, {}, "a", "A", 1, {}, false};
  const auto s = ServiceId::make(now), t = ServiceId::make(now);
  d.services[s] = {s, a, "desk", "", 1, {}, {}, false};
  d.services[t] = {t, b, "desk", "", 1, {}, {}, false};
  Provider p;
  p.id = ProviderId::make(now);
  p.key = "mail";
  d.providers[p.id] = p;
  d.pauses.push_back({PauseScope::pool, "email", "", now});
  EXPECT_EQ(d.organisation_by_key("a")->id, a);
  EXPECT_EQ(d.organisation_by_key("z"), nullptr);
  EXPECT_EQ(d.service_by_key(a, "desk")->id, s);
  EXPECT_EQ(d.service_by_key(b, "desk")->id, t);
  EXPECT_EQ(d.service_by_key(b, "nobody"), nullptr);
  EXPECT_EQ(d.provider_by_key("mail")->id, p.id);
  EXPECT_EQ(d.provider_by_key("sms"), nullptr);
  EXPECT_TRUE(d.paused(PauseScope::pool, "email"));
  EXPECT_FALSE(d.paused(PauseScope::pool, "sms"));
  EXPECT_FALSE(d.paused(PauseScope::batch, "email"));
}

}  // namespace
}  // namespace messo
