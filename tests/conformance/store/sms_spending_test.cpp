// Budgets of SMS: what is accepted counts once, for the service and everybody above it, and past a budget nothing is accepted.
#include "store_fixture.hpp"

namespace messo::testing {
namespace {

class SmsSpending : public StoreTest {
 protected:
  static constexpr std::int32_t kToday = 20'780;
  SmsSpending() {
    region.id = OrganisationId::make(from_unix_ms(1));
    region.key = "regione";
    region.hmac_key = Secret(std::string(32, 'r'));
    town.id = who.organisation;
    town.key = "comune";
    town.parent = region.id;
    town.hmac_key = Secret(std::string(32, 't'));
    service.id = who.service;
    service.organisation = town.id;
    service.key = "sportello";
    other.id = ServiceId::make(from_unix_ms(2));
    other.organisation = region.id;
    other.key = "urp";
    write();
  }
  void write() {
    DirectoryChange change;
    change.organisations = {region, town};
    change.services = {service, other};
    must(store().directory().apply(change, store().directory().snapshot()->version, now()));
  }
  NewNotification sms(std::uint32_t segments, MicroEuro each = 45'000, std::int32_t day = kToday) {
    auto job = on_channel(Channel::sms, email_job(who, now()));
    job.sms = {segments, segments * each, day, now() + 90min};
    return job;
  }
  std::string post(const NewNotification& job) { return code_of(store().intake().accept(job)); }
  std::string post_as_other(NewNotification job) {
    job.organisation = region.id;
    job.service = other.id;
    return post(job);
  }
  SmsSpent spent(SmsPayerKind kind, const Uuid& owner, std::int32_t day = kToday) {
    SmsSpent sum;
    for (const SmsSpentOn& one : must(store().ledger().sms_spent(day, day))) {
      if (one.kind == kind && one.owner == owner) sum = one.spent;
    }
    return sum;
  }
  SmsSpent of_service() { return spent(SmsPayerKind::service, who.service.value); }
  SmsSpent of_region() { return spent(SmsPayerKind::organisation, region.id.value); }

  Organisation region, town;
  Service service, other;
};

TEST_P(SmsSpending, an_sms_counts_for_its_service_its_organisation_and_those_above) {
  EXPECT_EQ(post(sms(3)), "(fine)");
  EXPECT_EQ(post_as_other(sms(2)), "(fine)");
  EXPECT_EQ(of_service().segments, 3U);
  EXPECT_EQ(of_service().cost, 135'000U);
  EXPECT_EQ(spent(SmsPayerKind::organisation, town.id.value).segments, 3U);
  EXPECT_EQ(of_region().segments, 5U);
  EXPECT_EQ(of_region().cost, 225'000U);
  EXPECT_EQ(spent(SmsPayerKind::service, other.id.value).segments, 2U);
  EXPECT_EQ(post(sms(0)), "(fine)");
  EXPECT_EQ(of_service().segments, 3U) << "what costs nothing leaves no trace";
  accepted();
  EXPECT_EQ(must(store().ledger().sms_spent(kToday, kToday)).size(), 4U);
}

TEST_P(SmsSpending, past_a_budget_of_segments_nothing_is_accepted_and_the_refusal_costs_nothing) {
  service.limits.sms.segments_per_day = 5;
  write();
  EXPECT_EQ(post(sms(3)), "(fine)");
  const auto refused = store().intake().accept(sms(3));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::overloaded);
  EXPECT_EQ(refused.error().code, "sms_budget_exceeded");
  EXPECT_EQ(refused.error().retry_after, Seconds{5400}) << "until its day ends";
  for (const char* part : {"service comune/sportello", "5 segments a day", "2 is left", "takes 3"})
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  EXPECT_EQ(of_service().segments, 3U);
  EXPECT_EQ(post(sms(2)), "(fine)") << "a shorter one still fits, to the last segment";
  EXPECT_EQ(post(sms(1)), "sms_budget_exceeded");
  EXPECT_EQ(post_as_other(sms(9)), "(fine)") << "it is not this service's budget";
  EXPECT_EQ(post(sms(3, 45'000, kToday + 1)), "(fine)") << "a new day";
  EXPECT_EQ(post(email_job(who, now())), "(fine)") << "other channels go on";
  expect_books_balance();
}

TEST_P(SmsSpending, the_budget_of_an_organisation_is_that_of_all_below_it) {
  region.sms.cost_per_day = 500'000;
  write();
  EXPECT_EQ(post(sms(8, 50'000)), "(fine)");
  const auto refused = store().intake().accept(sms(3, 50'000));
  ASSERT_FALSE(refused);
  for (const char* part : {"organisation regione", "0.50 EUR a day", "0.10 EUR is left", "takes 0.15 EUR"})
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  EXPECT_EQ(post_as_other(sms(3, 50'000)), "sms_budget_exceeded") << "it is the same money";
  EXPECT_EQ(post_as_other(sms(2, 50'000)), "(fine)");
  EXPECT_EQ(of_region().cost, 500'000U);
  region.sms.cost_per_day = 600'000;
  write();
  EXPECT_EQ(post(sms(2, 50'000)), "(fine)") << "raised, it counts at once";
}

TEST_P(SmsSpending, a_repeated_request_counts_once) {
  service.limits.sms.segments_per_day = 3;
  write();
  auto job = sms(3);
  job.idempotency = IdempotencyKey{"chiave", sha256("body")};
  EXPECT_EQ(post(job), "(fine)");
  auto again = sms(3);
  again.idempotency = job.idempotency;
  const auto answer = must(store().intake().accept(again));
  EXPECT_TRUE(answer.duplicate);
  EXPECT_EQ(answer.id, job.id);
  EXPECT_EQ(of_service().segments, 3U);
}

TEST_P(SmsSpending, of_many_at_once_as_many_are_accepted_as_fit) {
  town.sms.segments_per_day = 10;
  write();
  const std::vector<NewNotification> jobs{sms(4), sms(4), sms(4), sms(2)};
  std::string codes;
  for (const auto& one : store().intake().accept_many(jobs)) codes += one ? "+" : "-";
  EXPECT_EQ(codes, "++-+");
  EXPECT_EQ(spent(SmsPayerKind::organisation, town.id.value).segments, 10U);
}

TEST_P(SmsSpending, days_are_told_apart_and_kept_as_long_as_the_ledger) {
  const auto day_of = [&] { return static_cast<std::int32_t>(std::chrono::floor<std::chrono::days>(now()).time_since_epoch().count()); };
  const auto first = day_of();
  EXPECT_EQ(post(sms(1, 45'000, first)), "(fine)");
  EXPECT_EQ(post(sms(2, 45'000, first + 1)), "(fine)");
  EXPECT_EQ(must(store().ledger().sms_spent(first, first + 1)).size(), 6U);
  EXPECT_EQ(must(store().ledger().sms_spent(first + 1, first + 1)).front().spent.segments, 2U);
  clock.advance(std::chrono::days{731});
  must(store().ledger().prune({}, now(), 1000));
  EXPECT_EQ(must(store().ledger().sms_spent(first, first + 1)).size(), 3U);
  EXPECT_EQ(must(store().ledger().sms_spent(first, first)).size(), 0U);
}

TEST_P(SmsSpending, budgets_and_prices_are_settings_like_others) {
  region.sms = {1000, 45'000'000};
  service.limits.sms = {10, 450'000};
  write();
  Provider gateway;
  gateway.id = provider;
  gateway.key = "gateway";
  gateway.plugin = "flaky";
  gateway.channel = Channel::sms;
  gateway.pool = "sms";
  gateway.segment_cost = 45'500;
  DirectoryChange change;
  change.providers = {gateway};
  must(store().directory().apply(change, store().directory().snapshot()->version, now()));
  const auto read = store().directory().snapshot();
  EXPECT_EQ(read->organisations.at(region.id).sms, region.sms);
  EXPECT_EQ(read->services.at(service.id).limits.sms, service.limits.sms);
  EXPECT_EQ(read->providers.at(provider).segment_cost, 45'500U);
}

MESSO_EACH_ENGINE(SmsSpending);

}  // namespace
}  // namespace messo::testing
