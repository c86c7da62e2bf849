// Ids known before a message leaves: they are durable, and a receipt that names one finds the attempt whatever became of its outcome.
#include "store_fixture.hpp"

namespace messo::testing {
namespace {

class ExpectedReferences : public StoreTest {
 protected:
  static Reference umr(std::uint32_t part) { return {"umr", "17/8d6a" + std::to_string(part), part}; }
  static Reference gateway(std::uint32_t part) { return {"smpp-id", "ab" + std::to_string(part), part}; }
  static Receipt delivered(const Reference& by) {
    Receipt r;
    r.dedupe_key = by.value;
    r.references = {by};
    r.kind = ReceiptKind::delivered;
    r.verification = Verification::valid;
    r.at = from_unix_ms(1'780'000'000'000);
    r.code = "sms.delivered";
    return r;
  }
  ReceiptRecorded record(const Receipt& r) {
    const auto got = must(store().receipts().record(provider, std::span(&r, 1), nullptr, {}, now()));
    return got.empty() ? ReceiptRecorded{} : got.front();
  }
  NewNotification sms_job() { return accepted(on_channel(Channel::sms, email_job(who, now()))); }
  Status expect(AttemptId attempt, const std::vector<Reference>& references) {
    return store().evidence().expect(attempt, references, now());
  }
  Outcome taken(std::vector<Reference> references) {
    Outcome out = outcome_of(OutcomeKind::pending);
    out.references = std::move(references);
    return out;
  }
};

TEST_P(ExpectedReferences, a_receipt_settles_what_a_crash_left_in_doubt) {
  const auto job = sms_job();
  must(expect(leased(job).attempt, {umr(0)}));
  clock.advance(1s);
  worker.boot = BootId::make(now());
  const auto recovered = must(store().work().recover(
      worker, [](ProviderId) { return OnDoubt::hold; }, now()));
  EXPECT_EQ(recovered.in_doubt, 1U);
  const auto settled = record(delivered(umr(0)));
  EXPECT_EQ(settled.delivery, job.delivery.id);
  EXPECT_TRUE(settled.changed);
  EXPECT_EQ(status(job), NotificationStatus::delivered);
  expect_books_balance();
}

// The hub died with a long message in hand: one part's receipt says that it left, all of them that it arrived.
TEST_P(ExpectedReferences, of_a_long_message_one_part_ends_the_doubt_and_all_of_them_the_wait) {
  const auto job = sms_job();
  must(expect(leased(job).attempt, {umr(0), umr(1)}));
  clock.advance(1s);
  worker.boot = BootId::make(now());
  must(store().work().recover(
      worker, [](ProviderId) { return OnDoubt::hold; }, now()));
  ASSERT_EQ(status(job), NotificationStatus::in_doubt);
  EXPECT_TRUE(record(delivered(umr(1))).changed);
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
  EXPECT_TRUE(record(delivered(umr(0))).changed);
  EXPECT_EQ(status(job), NotificationStatus::delivered);
  expect_books_balance();
}

TEST_P(ExpectedReferences, only_of_an_attempt_in_hand_and_as_often_as_one_likes) {
  const auto job = sms_job();
  EXPECT_EQ(expect(AttemptId::make(now()), {umr(0)}).error().code, "attempt_not_found");
  const auto attempt = leased(job, false).attempt;
  EXPECT_EQ(expect(attempt, {umr(0)}).error().code, "attempt_not_found") << "that it is handed over is not durable yet";
  must(store().work().hand_over(std::span(&attempt, 1), now()));
  must(expect(attempt, {umr(0)}));
  must(expect(attempt, {umr(0), umr(1)}));
  EXPECT_EQ(recorded(attempt, taken({gateway(0)}), verdict(Change::sent_awaiting)), Recorded::applied);
  EXPECT_EQ(expect(attempt, {umr(2)}).error().code, "attempt_not_found") << "it has its outcome";
  EXPECT_TRUE(must(store().evidence().as_sent(job.delivery.id)).empty()) << "no message is kept";
}

TEST_P(ExpectedReferences, receipts_that_came_first_are_applied_at_once) {
  EXPECT_FALSE(record(delivered(umr(0))).delivery);
  const auto job = sms_job();
  must(expect(leased(job).attempt, {umr(0)}));
  EXPECT_EQ(status(job), NotificationStatus::delivered);
}

// The outcome names a part's id again, whose receipt is there already: that part has arrived all the same.
TEST_P(ExpectedReferences, named_again_with_the_outcome_a_part_that_arrived_stays_arrived) {
  const auto job = sms_job();
  const auto attempt = leased(job).attempt;
  must(expect(attempt, {umr(0), umr(1)}));
  EXPECT_FALSE(record(delivered(umr(0))).changed) << "the other part is out";
  EXPECT_EQ(recorded(attempt, taken({umr(0), gateway(0), umr(1), gateway(1)}), verdict(Change::sent_awaiting)), Recorded::applied);
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
  EXPECT_TRUE(record(delivered(gateway(1))).changed) << "a part has arrived when one of its ids has";
  EXPECT_EQ(status(job), NotificationStatus::delivered);
}

TEST_P(ExpectedReferences, one_undelivered_part_makes_the_message_undelivered) {
  const auto job = sms_job();
  const auto attempt = leased(job).attempt;
  EXPECT_EQ(recorded(attempt, taken({gateway(0), gateway(1), gateway(2)}), verdict(Change::sent_awaiting)), Recorded::applied);
  record(delivered(gateway(0)));
  auto lost = delivered(gateway(2));
  lost.kind = ReceiptKind::undelivered;
  EXPECT_TRUE(record(lost).changed);
  EXPECT_EQ(status(job), NotificationStatus::undelivered);
}

MESSO_EACH_ENGINE(ExpectedReferences);

}  // namespace
}  // namespace messo::testing
