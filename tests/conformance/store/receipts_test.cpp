// Receipts: early, late, twice, out of order, of somebody else.
#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class ReceiptsTest : public StoreTest {
 protected:
  static Receipt receipt(std::string dedupe, std::string reference, ReceiptKind kind) {
    Receipt r;
    r.dedupe_key = std::move(dedupe);
    r.references = {{"message_id", std::move(reference), 0}};
    r.kind = kind;
    r.verification = Verification::valid;
    r.at = from_unix_ms(1'780'000'000'000);
    r.code = "dsn.2.0.0";
    return r;
  }
  static Receipt milestone(std::string dedupe, std::string reference, Milestone m) {
    Receipt r = receipt(std::move(dedupe), std::move(reference), ReceiptKind::milestone);
    r.milestone = m;
    return r;
  }
  ReceiptRecorded record(const Receipt& r) { return record(provider, r); }
  ReceiptRecorded record(ProviderId by, const Receipt& r) {
    const auto got = must(store().receipts().record(by, std::span(&r, 1), nullptr, {}, now()));
    EXPECT_EQ(got.size(), 1U);
    return got.empty() ? ReceiptRecorded{} : got.front();
  }
  // Taken by the provider under this reference, a receipt expected.
  NewNotification awaiting(std::vector<Reference> references) {
    const auto job = accepted();
    Outcome outcome = outcome_of(OutcomeKind::pending);
    outcome.references = std::move(references);
    Verdict v = verdict(Change::sent_awaiting);
    v.deadline = now() + 24h;
    recorded(leased(job).attempt, outcome, v);
    return job;
  }
  NewNotification awaiting(std::string reference) { return awaiting(std::vector<Reference>{{"message_id", std::move(reference), 0}}); }
};

TEST_P(ReceiptsTest, a_receipt_delivers_and_ends_the_wait) {
  const auto job = awaiting("m1");
  clock.advance(1min);
  const auto got = record(receipt("r1", "m1", ReceiptKind::delivered));
  EXPECT_FALSE(got.duplicate);
  EXPECT_TRUE(got.changed);
  EXPECT_EQ(got.delivery, job.delivery.id);
  EXPECT_EQ(status(job), NotificationStatus::delivered);
  const auto v = view(job);
  EXPECT_EQ(v.timeline.back().kind, EventKind::receipt);
  EXPECT_EQ(v.timeline.back().status, NotificationStatus::delivered);
  EXPECT_EQ(v.steps[0].state, StepState::succeeded);
  clock.advance(100h);
  EXPECT_EQ(must(store().timers().fire(now(), 10)), 0U);
  expect_books_balance();
}

// Mail of ours carries the delivery's id in its Message-ID.
TEST_P(ReceiptsTest, a_reference_that_carries_the_deliverys_id_matches_like_any_other) {
  const auto named = [](const NewNotification& job) { return "<" + job.delivery.id.to_string() + "@comune.example>"; };
  const auto taken = [&](const NewNotification& job, Change change) {
    Outcome outcome = outcome_of(OutcomeKind::pending);
    outcome.references = {{"message_id", named(job), 0}};
    const auto attempt = leased(job).attempt;
    recorded(attempt, outcome, verdict(change));
    return attempt;
  };
  const auto job = accepted();
  taken(job, Change::sent_awaiting);
  EXPECT_FALSE(record(ProviderId::make(now()), receipt("r1", named(job), ReceiptKind::undelivered)).delivery) << "another provider's";
  auto other_kind = receipt("r2", named(job), ReceiptKind::undelivered);
  other_kind.references[0].kind = "smsc_id";
  EXPECT_FALSE(record(other_kind).delivery);
  EXPECT_FALSE(record(receipt("r3", named(job) + "x", ReceiptKind::undelivered)).delivery) << "not the whole value";
  EXPECT_FALSE(record(receipt("r4", named(email_job(who, now())), ReceiptKind::undelivered)).delivery) << "nobody's";
  const auto receipt_of = receipt("r5", named(job), ReceiptKind::delivered);
  EXPECT_EQ(must(store().receipts().owners(provider, std::span(&receipt_of, 1))).at(0), job.organisation);
  EXPECT_EQ(record(receipt_of).delivery, job.delivery.id);
  EXPECT_EQ(status(job), NotificationStatus::delivered);

  const auto early = accepted();
  EXPECT_FALSE(record(receipt("r6", named(early), ReceiptKind::delivered)).delivery) << "not sent yet";
  taken(early, Change::sent_awaiting);
  EXPECT_EQ(status(early), NotificationStatus::delivered) << "the receipt had been there before";

  const auto again = accepted();
  const auto first = taken(again, Change::retry);
  const auto second = taken(again, Change::sent_awaiting);
  EXPECT_EQ(record(receipt("r7", named(again), ReceiptKind::delivered)).delivery, again.delivery.id);
  EXPECT_NE(first, second);
  EXPECT_EQ(view(again).timeline.back().attempt, second) << "the newest attempt owns it";
  expect_books_balance();
}

TEST_P(ReceiptsTest, an_attempt_with_its_own_reference_may_get_more) {
  const auto job = accepted();
  const std::string named = "<" + job.delivery.id.to_string() + "@comune.example>";
  Outcome outcome = outcome_of(OutcomeKind::unknown);
  outcome.references = {{"message_id", named, 0}};
  const auto attempt = leased(job).attempt;
  recorded(attempt, outcome, verdict(Change::doubt));
  outcome.kind = OutcomeKind::pending;
  outcome.references = {{"message_id", "<2." + job.delivery.id.to_string() + "@comune.example>", 0}};
  recorded(attempt, outcome, verdict(Change::sent_awaiting));
  EXPECT_EQ(record(milestone("r1", named, Milestone::accepted)).delivery, job.delivery.id);
  EXPECT_EQ(record(milestone("r2", outcome.references[0].value, Milestone::accepted)).delivery, job.delivery.id);
}

TEST_P(ReceiptsTest, a_bounce_after_sent_makes_it_undelivered) {
  const auto job = sent(email_job(who, now()), {{"message_id", "m1", 0}});
  EXPECT_TRUE(record(receipt("b1", "m1", ReceiptKind::undelivered)).changed);
  EXPECT_EQ(status(job), NotificationStatus::undelivered);
  EXPECT_EQ(view(job).steps[0].state, StepState::failed);
  expect_books_balance();
}

TEST_P(ReceiptsTest, the_same_receipt_twice_counts_once) {
  const auto job = awaiting("m1");
  const auto first = record(receipt("r1", "m1", ReceiptKind::delivered));
  const auto events = view(job).timeline.size();
  const auto second = record(receipt("r1", "m1", ReceiptKind::delivered));
  EXPECT_TRUE(second.duplicate);
  EXPECT_FALSE(second.changed);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.delivery, job.delivery.id);
  EXPECT_EQ(view(job).timeline.size(), events);
}

TEST_P(ReceiptsTest, a_receipt_before_its_outcome_waits_and_is_matched_with_it) {
  const auto early = record(receipt("r1", "m1", ReceiptKind::delivered));
  EXPECT_FALSE(early.delivery);
  const auto unmatched = [&](std::optional<ProviderId> of) {
    return must(store().receipts().list({.unmatched = true, .provider = of, .before = {}, .limit = 10}));
  };
  const auto waiting = unmatched(provider);
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].id, early.id);
  EXPECT_EQ(waiting[0].receipt.dedupe_key, "r1");
  ASSERT_EQ(waiting[0].receipt.references.size(), 1U);
  EXPECT_EQ(waiting[0].receipt.references[0].value, "m1");
  EXPECT_TRUE(unmatched(ProviderId::make(now())).empty());

  const auto job = awaiting("m1");
  EXPECT_EQ(status(job), NotificationStatus::delivered);
  const auto v = view(job);
  ASSERT_GE(v.timeline.size(), 3U);
  EXPECT_EQ(v.timeline[v.timeline.size() - 2].kind, EventKind::outcome);
  EXPECT_EQ(v.timeline.back().kind, EventKind::receipt);
  EXPECT_TRUE(unmatched({}).empty());
  EXPECT_EQ(record(receipt("r1", "m1", ReceiptKind::delivered)).delivery, job.delivery.id);
  expect_books_balance();
}

TEST_P(ReceiptsTest, one_receipt_is_read_by_its_id_as_it_is_listed) {
  const auto waiting = record(receipt("r1", "m1", ReceiptKind::delivered));
  const auto early = must(store().receipts().read(waiting.id));
  EXPECT_EQ(early.receipt.references.at(0).value, "m1");
  EXPECT_FALSE(early.delivery);
  const auto job = awaiting("m1");
  const auto matched = must(store().receipts().read(waiting.id));
  EXPECT_EQ(matched.delivery, job.delivery.id);
  EXPECT_EQ(matched.notification, job.id);
  EXPECT_EQ(matched.receipt.dedupe_key, "r1");
  EXPECT_EQ(store().receipts().read(ReceiptId::make(now())).error().code, "no_such_receipt");
}

TEST_P(ReceiptsTest, receipts_that_wait_are_applied_in_the_order_they_came_contradictions_and_all) {
  clock.advance(1s);
  record(receipt("r1", "m1", ReceiptKind::undelivered));
  clock.advance(1s);
  record(milestone("r2", "m1", Milestone::accepted));
  clock.advance(1s);
  record(receipt("r3", "m1", ReceiptKind::delivered));
  const auto job = awaiting("m1");
  EXPECT_EQ(delivery(job).state, (DeliveryState{Phase::closed, DeliveryResult::delivered, true}));
  EXPECT_EQ(delivery(job).milestones, std::vector{Milestone::accepted});
  const auto timeline = view(job).timeline;
  ASSERT_GE(timeline.size(), 4U);
  EXPECT_EQ(timeline.back().kind, EventKind::disputed);
  EXPECT_EQ(timeline[timeline.size() - 4].kind, EventKind::receipt);
  EXPECT_EQ(timeline[timeline.size() - 3].kind, EventKind::milestone);
  EXPECT_TRUE(must(store().receipts().list({.unmatched = true, .provider = {}, .before = {}, .limit = 10})).empty());
  expect_books_balance();
}

TEST_P(ReceiptsTest, a_receipt_that_overtakes_decides_and_the_outcome_is_kept) {
  const auto job = accepted();
  const auto first = leased(job).attempt;
  Outcome doubt = outcome_of(OutcomeKind::unknown);
  doubt.references = {{"message_id", "m1", 0}};
  recorded(first, doubt, verdict(Change::doubt));
  EXPECT_TRUE(record(receipt("r1", "m1", ReceiptKind::delivered)).changed);
  EXPECT_EQ(recorded(first, sent_outcome(), verdict(Change::sent_final)), Recorded::appended);
  EXPECT_EQ(status(job), NotificationStatus::delivered);
  EXPECT_EQ(delivery(job).attempts.at(0).outcome, OutcomeKind::sent);
  expect_books_balance();
}

TEST_P(ReceiptsTest, another_providers_receipt_never_settles_ours) {
  const auto job = awaiting("m1");
  EXPECT_FALSE(record(ProviderId::make(now()), receipt("r1", "m1", ReceiptKind::undelivered)).delivery);
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
}

TEST_P(ReceiptsTest, delivered_after_undelivered_is_disputed) {
  const auto job = awaiting("m1");
  record(receipt("r1", "m1", ReceiptKind::undelivered));
  EXPECT_TRUE(record(receipt("r2", "m1", ReceiptKind::delivered)).changed);
  EXPECT_EQ(delivery(job).state, (DeliveryState{Phase::closed, DeliveryResult::delivered, true}));
  EXPECT_EQ(view(job).timeline.back().kind, EventKind::disputed);
  EXPECT_FALSE(record(receipt("r3", "m1", ReceiptKind::undelivered)).changed);
  EXPECT_EQ(view(job).steps[0].state, StepState::succeeded);
  expect_books_balance();
}

TEST_P(ReceiptsTest, an_undelivered_after_delivered_is_noted_and_changes_no_result) {
  const auto job = awaiting("m1");
  record(receipt("r1", "m1", ReceiptKind::delivered));
  EXPECT_TRUE(record(receipt("r2", "m1", ReceiptKind::undelivered)).changed);
  EXPECT_EQ(delivery(job).state, (DeliveryState{Phase::closed, DeliveryResult::delivered, true}));
  EXPECT_EQ(status(job), NotificationStatus::delivered);
}

TEST_P(ReceiptsTest, a_receipt_after_the_deadline_still_counts) {
  const auto job = awaiting("m1");
  clock.advance(25h);
  must(store().timers().fire(now(), 10));
  EXPECT_EQ(status(job), NotificationStatus::no_outcome);
  EXPECT_TRUE(record(receipt("r1", "m1", ReceiptKind::delivered)).changed);
  EXPECT_EQ(status(job), NotificationStatus::delivered);
  EXPECT_EQ(view(job).steps[0].state, StepState::succeeded);
  expect_books_balance();
}

TEST_P(ReceiptsTest, milestones_stand_beside_the_result) {
  const auto job = awaiting("m1");
  EXPECT_FALSE(record(milestone("r2", "m1", Milestone::warning_12h)).changed);
  record(milestone("r1", "m1", Milestone::accepted));
  record(milestone("r3", "m1", Milestone::read));
  EXPECT_EQ(delivery(job).milestones, (std::vector{Milestone::accepted, Milestone::warning_12h, Milestone::read}));
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
  EXPECT_EQ(view(job).timeline.back().kind, EventKind::milestone);
}

TEST_P(ReceiptsTest, an_accettazione_settles_the_doubt) {
  const auto job = accepted();
  Outcome doubt = outcome_of(OutcomeKind::unknown);
  doubt.references = {{"message_id", "m1", 0}};
  recorded(leased(job).attempt, doubt, verdict(Change::doubt));
  EXPECT_TRUE(record(milestone("r1", "m1", Milestone::accepted)).changed);
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
  expect_books_balance();
}

TEST_P(ReceiptsTest, what_is_not_verified_is_shown_and_settles_nothing) {
  const auto job = awaiting("m1");
  Receipt forged = receipt("r1", "m1", ReceiptKind::undelivered);
  forged.verification = Verification::invalid;
  const auto got = record(forged);
  EXPECT_EQ(got.delivery, job.delivery.id);
  EXPECT_FALSE(got.changed);
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
  EXPECT_NE(view(job).timeline.back().data_json.find("invalid"), std::string::npos);
  Receipt forged_milestone = milestone("r2", "m1", Milestone::accepted);
  forged_milestone.verification = Verification::untrusted;
  record(forged_milestone);
  EXPECT_TRUE(delivery(job).milestones.empty());
}

TEST_P(ReceiptsTest, a_provider_may_be_trusted_with_less) {
  const auto job = awaiting("m1");
  Receipt plain = receipt("r1", "m1", ReceiptKind::delivered);
  plain.verification = Verification::not_checked;
  const std::vector settling{Verification::valid, Verification::not_checked};
  must(store().receipts().record(provider, std::span(&plain, 1), nullptr, settling, now()));
  EXPECT_EQ(status(job), NotificationStatus::delivered);
}

TEST_P(ReceiptsTest, a_long_sms_is_delivered_when_all_its_parts_are) {
  const auto job = awaiting(std::vector<Reference>{{"message_id", "p1", 1}, {"message_id", "p2", 2}, {"message_id", "p3", 3}});
  EXPECT_FALSE(record(receipt("r2", "p2", ReceiptKind::delivered)).changed);
  EXPECT_FALSE(record(receipt("r1", "p1", ReceiptKind::delivered)).changed);
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
  EXPECT_TRUE(record(receipt("r3", "p3", ReceiptKind::delivered)).changed);
  EXPECT_EQ(status(job), NotificationStatus::delivered);
}

TEST_P(ReceiptsTest, one_lost_part_loses_the_whole) {
  const auto job = awaiting(std::vector<Reference>{{"message_id", "p1", 1}, {"message_id", "p2", 2}});
  record(receipt("r1", "p1", ReceiptKind::delivered));
  record(receipt("r2", "p2", ReceiptKind::undelivered));
  EXPECT_EQ(status(job), NotificationStatus::undelivered);
}

TEST_P(ReceiptsTest, a_receipt_that_names_several_is_matched_by_any) {
  const auto job = awaiting("m1");
  Receipt r = receipt("r1", "nobody", ReceiptKind::delivered);
  r.references.push_back({"message_id", "m1", 0});
  EXPECT_EQ(record(r).delivery, job.delivery.id);
}

TEST_P(ReceiptsTest, the_newest_are_listed_first_page_by_page) {
  const auto job = awaiting("m1");
  for (const char* key : {"r1", "r2", "r3"}) {
    clock.advance(1s);
    record(receipt(key, std::string(key) == "r2" ? "m1" : "nobody", ReceiptKind::delivered));
  }
  const auto all = must(store().receipts().list({}));
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].receipt.dedupe_key, "r3");
  EXPECT_EQ(all[1].delivery, job.delivery.id);
  EXPECT_EQ(all[1].notification, job.id);
  EXPECT_TRUE(all[1].settles);
  EXPECT_EQ(all[1].receipt.verification, Verification::valid);
  const auto older = must(store().receipts().list({.unmatched = false, .provider = {}, .before = all[1].id, .limit = 10}));
  ASSERT_EQ(older.size(), 1U);
  EXPECT_EQ(older[0].receipt.dedupe_key, "r1");
  const auto waiting = must(store().receipts().list({.unmatched = true, .provider = {}, .before = all[0].id, .limit = 10}));
  ASSERT_EQ(waiting.size(), 1U);
  EXPECT_EQ(waiting[0].id, older[0].id);
}

TEST_P(ReceiptsTest, those_that_wait_are_counted_with_their_age) {
  EXPECT_EQ(must(store().receipts().figures(now())).unmatched, 0U);
  const auto first = now();
  record(receipt("r1", "nobody", ReceiptKind::delivered));
  clock.advance(20min);
  record(receipt("r2", "nobody else", ReceiptKind::delivered));
  const auto figures = must(store().receipts().figures(now() - 10min));
  EXPECT_EQ(figures.unmatched, 2U);
  EXPECT_EQ(figures.unmatched_old, 1U);
  EXPECT_EQ(figures.oldest_unmatched, first);
  EXPECT_EQ(figures.quarantined, 0U);
}

TEST_P(ReceiptsTest, whose_delivery_a_receipt_is_can_be_asked_before_it_is_stored) {
  awaiting("m1");
  const std::vector asked{receipt("r1", "m1", ReceiptKind::delivered), receipt("r2", "nobody", ReceiptKind::delivered)};
  const auto owners = must(store().receipts().owners(provider, asked));
  ASSERT_EQ(owners.size(), 2U);
  EXPECT_EQ(owners[0], who.organisation);
  EXPECT_FALSE(owners[1]);
  EXPECT_FALSE(must(store().receipts().owners(ProviderId::make(now()), asked))[0]);
}

TEST_P(ReceiptsTest, an_original_kept_with_its_provider_moves_to_the_organisation_once_that_is_known) {
  const OrganisationId nobody{provider.value};
  Receipt early = receipt("r1", "m1", ReceiptKind::delivered);
  early.raw = must(store().blobs().put(nobody, "the original"));
  early.raw_owner = nobody;
  record(early);
  EXPECT_TRUE(must(store().receipts().misplaced(10)).empty()) << "it belongs to nobody yet";
  clock.advance(2h);
  EXPECT_EQ(must(store().blobs().collect(now())), 0U);
  awaiting("m1");
  const auto misplaced = must(store().receipts().misplaced(10));
  ASSERT_EQ(misplaced.size(), 1U);
  EXPECT_EQ(misplaced[0].from, nobody);
  EXPECT_EQ(misplaced[0].to, who.organisation);
  EXPECT_EQ(must(store().blobs().put(who.organisation, must(store().blobs().read(nobody, misplaced[0].raw, 0, 100)))), *early.raw);
  must(store().receipts().placed(misplaced));
  EXPECT_TRUE(must(store().receipts().misplaced(10)).empty());
  clock.advance(2h);
  EXPECT_EQ(must(store().blobs().collect(now())), 1U) << "the provider's copy";
  EXPECT_EQ(must(store().blobs().read(who.organisation, *early.raw, 0, 100)), "the original");
  EXPECT_EQ(must(store().receipts().list({}))[0].receipt.raw_owner, who.organisation);
}

MESSO_EACH_ENGINE(ReceiptsTest);

}  // namespace
}  // namespace messo::testing
