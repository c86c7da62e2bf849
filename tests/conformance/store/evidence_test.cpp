// Messages kept as they are sent, and what receipts teach (EvidenceStore, ReceiptStore).
#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class EvidenceTest : public StoreTest {
 protected:
  static Receipt receipt(std::string dedupe, std::vector<Reference> references, ReceiptKind kind = ReceiptKind::delivered) {
    Receipt r;
    r.dedupe_key = std::move(dedupe);
    r.references = std::move(references);
    r.kind = kind;
    r.verification = Verification::valid;
    r.at = from_unix_ms(1'780'000'000'000);
    r.code = "pec.delivered";
    return r;
  }
  // The provider took it: names our Message-ID, teaches its own id.
  static Receipt acceptance(std::string dedupe, const std::string& message_id, const std::string& pec_id) {
    Receipt r = receipt(std::move(dedupe), {by_message(message_id)}, ReceiptKind::milestone);
    r.milestone = Milestone::accepted;
    r.code = "pec.accepted";
    r.learned = {by_pec(pec_id)};
    return r;
  }
  static Reference by_message(std::string value) { return {"message-id", std::move(value), 0}; }
  static Reference by_pec(std::string value) { return {"pec-id", std::move(value), 0}; }

  ReceiptRecorded record(const Receipt& r, std::optional<ProviderId> by = {}) {
    const auto got = must(store().receipts().record(by.value_or(provider), std::span(&r, 1), nullptr, {}, now()));
    EXPECT_EQ(got.size(), 1U);
    return got.empty() ? ReceiptRecorded{} : got.front();
  }
  NewNotification pec_job() { return accepted(on_channel(Channel::pec, email_job(who, now()))); }
  static std::string original_of(const NewNotification& job) { return "X-Ricevuta: avvenuta-consegna " + job.id.to_string(); }
  static std::string bytes_of(const NewNotification& job) { return "Message-ID: <" + job.id.to_string() + "@pec.example.it>\r\n\r\n"; }
  Status keep(AttemptId attempt, const NewNotification& job, std::vector<Reference> references) {
    const auto blob = must(store().blobs().put(job.organisation, bytes_of(job)));
    return store().evidence().keep(attempt, blob, bytes_of(job).size(), references, now());
  }
  // Handed over, kept under this Message-ID; no outcome yet.
  AttemptId out(const NewNotification& job, const std::string& message_id) {
    const auto attempt = leased(job).attempt;
    must(keep(attempt, job, {by_message(message_id)}));
    return attempt;
  }
  Recovered crash(OnDoubt policy = OnDoubt::hold) {
    clock.advance(1s);
    worker.boot = BootId::make(now());
    return must(store().work().recover(
        worker, [policy](ProviderId) { return policy; }, now()));
  }
  bool blob_there(const NewNotification& job) {
    must(store().blobs().collect(now() + 2h));
    return store().blobs().size(job.organisation, BlobId{sha256(bytes_of(job))}).has_value();
  }
};

TEST_P(EvidenceTest, a_message_is_kept_as_it_is_sent_and_its_bytes_stay) {
  const auto job = pec_job();
  const auto attempt = out(job, "m1@pec.example.it");
  const auto kept = must(store().evidence().as_sent(job.delivery.id));
  ASSERT_EQ(kept.size(), 1U);
  EXPECT_EQ(kept[0].attempt, attempt);
  EXPECT_EQ(kept[0].delivery, job.delivery.id);
  EXPECT_EQ(kept[0].organisation, job.organisation);
  EXPECT_EQ(kept[0].size, bytes_of(job).size());
  EXPECT_EQ(kept[0].at, now());
  EXPECT_EQ(kept[0].bytes.digest, sha256(bytes_of(job)));
  EXPECT_TRUE(blob_there(job)) << "the collector leaves it alone";
  EXPECT_TRUE(must(store().evidence().as_sent(DeliveryId::make(now()))).empty());
}

TEST_P(EvidenceTest, a_receipt_matches_though_the_hub_died_before_the_outcome) {
  const auto job = pec_job();
  out(job, "m1@pec.example.it");
  EXPECT_EQ(crash().in_doubt, 1U);
  EXPECT_EQ(status(job), NotificationStatus::in_doubt);
  const auto settled = record(acceptance("r1", "m1@pec.example.it", "opec1@provider.it"));
  EXPECT_EQ(settled.delivery, job.delivery.id);
  EXPECT_TRUE(settled.changed);
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
  EXPECT_TRUE(record(receipt("r2", {by_message("m1@pec.example.it")})).changed);
  EXPECT_EQ(status(job), NotificationStatus::delivered);
  expect_books_balance();
}

// A Message-ID of ours may carry the delivery's id, as email's do: it is found by that.
TEST_P(EvidenceTest, the_reference_given_again_with_the_outcome_is_the_same_one) {
  const auto job = pec_job();
  const std::string named = job.delivery.id.to_string() + "@pec.example.it";
  const auto attempt = out(job, named);
  Outcome outcome = outcome_of(OutcomeKind::pending);
  outcome.references = {by_message(named)};
  EXPECT_EQ(recorded(attempt, outcome, verdict(Change::sent_awaiting)), Recorded::applied);
  EXPECT_EQ(record(receipt("r1", {by_message(named)})).delivery, job.delivery.id);
  EXPECT_EQ(status(job), NotificationStatus::delivered);
}

TEST_P(EvidenceTest, receipts_that_came_before_the_message_was_kept_are_applied_with_it) {
  EXPECT_FALSE(record(acceptance("r1", "m1@pec.example.it", "opec1@provider.it")).delivery);
  const auto job = pec_job();
  out(job, "m1@pec.example.it");
  EXPECT_EQ(delivery(job).milestones, std::vector{Milestone::accepted});
}

TEST_P(EvidenceTest, only_an_attempt_in_hand_can_be_kept_once_and_again_the_same) {
  const auto job = pec_job();
  EXPECT_EQ(keep(AttemptId::make(now()), job, {}).error().code, "attempt_not_found");
  const auto only_leased = leased(job, false).attempt;
  EXPECT_EQ(keep(only_leased, job, {}).error().code, "attempt_not_found") << "that it is handed over is not durable yet";
  must(store().work().hand_over(std::span(&only_leased, 1), now()));
  must(keep(only_leased, job, {by_message("m1")}));
  must(keep(only_leased, job, {by_message("m1")}));
  EXPECT_EQ(must(store().evidence().as_sent(job.delivery.id)).size(), 1U);
  const auto other = must(store().blobs().put(job.organisation, "other"));
  EXPECT_EQ(store().evidence().keep(only_leased, other, 5, {}, now()).error().code, "kept_otherwise");
  recorded(only_leased, outcome_of(OutcomeKind::try_later), retry_at(now()));
  EXPECT_EQ(keep(only_leased, job, {}).error().code, "attempt_not_found") << "it has its outcome";
  clock.advance(1s);
  const auto second = out(job, "m1");
  const auto kept = must(store().evidence().as_sent(job.delivery.id));
  ASSERT_EQ(kept.size(), 2U) << "one of each attempt";
  EXPECT_EQ(kept[0].attempt, only_leased);
  EXPECT_EQ(kept[1].attempt, second);
}

TEST_P(EvidenceTest, what_an_acceptance_teaches_matches_receipts_that_name_nothing_else) {
  const auto job = pec_job();
  out(job, "m1@pec.example.it");
  record(acceptance("r1", "m1@pec.example.it", "opec1@provider.it"));
  EXPECT_FALSE(record(receipt("r2", {by_pec("opec1@provider.it")}), ProviderId::make(now())).delivery) << "another provider's";
  EXPECT_EQ(record(receipt("r3", {by_pec("opec1@provider.it")})).delivery, job.delivery.id);
  EXPECT_EQ(status(job), NotificationStatus::delivered);
}

TEST_P(EvidenceTest, what_is_learned_matches_receipts_that_were_there_before_one_after_the_other) {
  // Delivered, by an id that only a second receipt teaches, which itself is known only by what the acceptance teaches.
  const auto last = record(receipt("r3", {by_pec("second")}));
  Receipt middle = receipt("r2", {by_pec("first")}, ReceiptKind::milestone);
  middle.milestone = Milestone::read;
  middle.learned = {by_pec("second")};
  record(middle);
  const auto first = record(acceptance("r1", "m1@pec.example.it", "first"));
  EXPECT_FALSE(first.delivery);
  EXPECT_EQ(must(store().receipts().read(first.id)).receipt.learned.size(), 1U) << "it waits with what it teaches";
  const auto job = pec_job();
  out(job, "m1@pec.example.it");
  EXPECT_EQ(status(job), NotificationStatus::delivered);
  EXPECT_EQ(delivery(job).milestones, (std::vector{Milestone::accepted, Milestone::read}));
  EXPECT_EQ(must(store().receipts().read(last.id)).delivery, job.delivery.id);
  EXPECT_TRUE(must(store().receipts().read(first.id)).receipt.learned.empty());
  EXPECT_EQ(must(store().receipts().figures(now())).unmatched, 0U);
  expect_books_balance();
}

TEST_P(EvidenceTest, nothing_is_learned_from_what_does_not_settle) {
  const auto job = pec_job();
  out(job, "m1");
  auto forged = acceptance("r1", "m1", "opec1@provider.it");
  forged.verification = Verification::invalid;
  EXPECT_EQ(record(forged).delivery, job.delivery.id);
  EXPECT_FALSE(record(receipt("r2", {by_pec("opec1@provider.it")})).delivery);
  EXPECT_TRUE(delivery(job).milestones.empty());

  auto early = acceptance("r3", "m2", "opec2@provider.it");
  early.verification = Verification::untrusted;
  record(early);
  const auto late = pec_job();
  out(late, "m2");
  EXPECT_FALSE(record(receipt("r4", {by_pec("opec2@provider.it")})).delivery) << "matched later, and still not believed";
}

TEST_P(EvidenceTest, what_is_learned_never_takes_over_another_deliverys_reference) {
  const auto ours = pec_job(), theirs = pec_job();
  out(ours, "m1");
  out(theirs, "m2");
  auto thief = acceptance("r1", "m1", "opec1");
  thief.learned.push_back(by_message("m2"));
  record(thief);
  EXPECT_EQ(record(receipt("r2", {by_message("m2")})).delivery, theirs.delivery.id);
  EXPECT_EQ(record(receipt("r3", {by_pec("opec1")})).delivery, ours.delivery.id);
}

TEST_P(EvidenceTest, learned_ids_do_not_make_a_message_of_several_parts_wait_for_ever) {
  const auto job = accepted();
  Outcome outcome = outcome_of(OutcomeKind::pending);
  outcome.references = {{"sms", "p1", 1}, {"sms", "p2", 2}};
  recorded(leased(job).attempt, outcome, verdict(Change::sent_awaiting));
  auto first = receipt("r1", {{"sms", "p1", 0}});
  first.learned = {{"sms", "p1-again", 7}};
  EXPECT_FALSE(record(first).changed);
  EXPECT_TRUE(record(receipt("r2", {{"sms", "p2", 0}})).changed);
  EXPECT_EQ(status(job), NotificationStatus::delivered);
}

TEST_P(EvidenceTest, a_receipt_without_references_is_kept_and_matches_nothing) {
  const auto kept = record(receipt("r1", {}));
  EXPECT_FALSE(kept.delivery);
  out(pec_job(), "m1");
  EXPECT_FALSE(must(store().receipts().read(kept.id)).delivery);
  EXPECT_EQ(must(store().receipts().list({.unmatched = true, .provider = {}, .before = {}, .limit = 10})).size(), 1U);
}

TEST_P(EvidenceTest, what_a_receipt_speaks_about_is_kept_and_told) {
  const auto job = pec_job();
  out(job, "m1");
  auto bounced = receipt("r1", {by_message("m1")}, ReceiptKind::undelivered);
  bounced.scope = OutcomeScope::destination;
  bounced.code = "pec.unknown_mailbox";
  const auto id = record(bounced).id;
  EXPECT_EQ(must(store().receipts().read(id)).receipt.scope, OutcomeScope::destination);
  EXPECT_NE(view(job).timeline.back().data_json.find("\"scope\":\"destination\""), std::string::npos);
}

TEST_P(EvidenceTest, a_doubt_that_an_acceptance_settles_waits_as_long_as_any_certified_mail) {
  const auto job = pec_job();
  recorded(out(job, "m1"), outcome_of(OutcomeKind::unknown), verdict(Change::doubt));
  record(acceptance("r1", "m1", "opec1"));
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
  clock.advance(29h);
  EXPECT_EQ(must(store().timers().fire(now(), 10)), 0U);
  clock.advance(2h);
  EXPECT_EQ(must(store().timers().fire(now(), 10)), 1U);
  EXPECT_EQ(status(job), NotificationStatus::no_outcome);
  expect_books_balance();
}

TEST_P(EvidenceTest, an_acceptance_that_overtakes_the_outcome_leaves_no_doubt_behind) {
  const auto answered = pec_job(), crashed = pec_job();
  const auto attempt = out(answered, "m1");
  out(crashed, "m2");
  record(acceptance("r1", "m1", "opec1"));
  record(acceptance("r2", "m2", "opec2"));
  recorded(attempt, outcome_of(OutcomeKind::unknown), verdict(Change::doubt));
  EXPECT_EQ(status(answered), NotificationStatus::awaiting_receipt) << "the connection broke, but the provider has it";
  EXPECT_EQ(crash(OnDoubt::resend).accepted, 1U);
  EXPECT_EQ(status(crashed), NotificationStatus::awaiting_receipt) << "and is not sent again";
  clock.advance(31h);
  EXPECT_EQ(must(store().timers().fire(now(), 10)), 2U);
  expect_books_balance();
}

TEST_P(EvidenceTest, an_acceptance_stops_the_next_try_of_a_doubt_that_was_to_be_sent_again) {
  const auto job = pec_job();
  recorded(out(job, "m1"), outcome_of(OutcomeKind::unknown), retry_at(now() + 1h));
  EXPECT_EQ(delivery(job).state.phase, Phase::scheduled);
  EXPECT_TRUE(record(acceptance("r1", "m1", "opec1")).changed);
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
  clock.advance(2h);
  EXPECT_TRUE(must(store().work().lanes("pec", now())).empty());
  expect_books_balance();
}

TEST_P(EvidenceTest, two_notices_end_the_wait_and_a_late_delivery_is_disputed) {
  const auto job = pec_job();
  recorded(out(job, "m1"), outcome_of(OutcomeKind::pending), verdict(Change::sent_awaiting));
  auto notice = receipt("n1", {by_message("m1")}, ReceiptKind::milestone);
  notice.milestone = Milestone::warning_12h;
  notice.code = "pec.warning_12h";
  EXPECT_FALSE(record(notice).changed);
  EXPECT_TRUE(record(notice).duplicate) << "the same notice twice is one";
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
  notice.dedupe_key = "n2";
  EXPECT_TRUE(record(notice).changed);
  EXPECT_EQ(status(job), NotificationStatus::undelivered);
  EXPECT_NE(view(job).timeline.back().data_json.find("pec.no_delivery_24h"), std::string::npos);
  EXPECT_TRUE(record(receipt("d1", {by_message("m1")})).changed);
  EXPECT_EQ(delivery(job).state, (DeliveryState{Phase::closed, DeliveryResult::delivered, true}));
  expect_books_balance();
}

TEST_P(EvidenceTest, certified_mail_without_acceptance_is_found_when_its_time_is_over) {
  const auto late = pec_job(), settled = pec_job(), refused = pec_job();
  const auto began = now();
  recorded(out(late, "m1"), outcome_of(OutcomeKind::pending), verdict(Change::sent_awaiting));
  recorded(out(settled, "m2"), outcome_of(OutcomeKind::pending), verdict(Change::sent_awaiting));
  recorded(out(refused, "m3"), outcome_of(OutcomeKind::refused), verdict(Change::refuse));
  const auto email = accepted();
  must(keep(leased(email).attempt, email, {by_message("m4")}));
  record(acceptance("r1", "m2", "opec2"));
  EXPECT_EQ(must(store().evidence().late_acceptances(began)).count, 0U) << "it has its half hour";
  clock.advance(30min);
  const auto found = must(store().evidence().late_acceptances(began + 1s));
  EXPECT_EQ(found.count, 1U);
  EXPECT_EQ(found.oldest, began);
  EXPECT_EQ(must(store().evidence().late_acceptances(began + 1s)).count, 1U) << "as long as it lasts";
  record(acceptance("r2", "m1", "opec1"));
  EXPECT_EQ(must(store().evidence().late_acceptances(now())).count, 0U);
  EXPECT_FALSE(must(store().evidence().late_acceptances(now())).oldest);
}

TEST_P(EvidenceTest, one_in_doubt_is_late_too_and_one_sent_again_counts_once) {
  const auto doubtful = pec_job(), again = pec_job();
  recorded(out(doubtful, "m1"), outcome_of(OutcomeKind::unknown), verdict(Change::doubt));
  recorded(out(again, "m2"), outcome_of(OutcomeKind::try_later), retry_at(now()));
  clock.advance(1s);
  recorded(out(again, "m2"), outcome_of(OutcomeKind::pending), verdict(Change::sent_awaiting));
  clock.advance(1h);
  EXPECT_EQ(must(store().evidence().late_acceptances(now())).count, 2U);
}

TEST_P(EvidenceTest, evidence_goes_with_its_notification_and_a_legal_ones_stays_longest) {
  const Retention kept;
  auto act = email_job(who, now());
  act.template_class = TemplateClass::legal;
  const auto legal = accepted(act), courtesy = accepted();
  for (const auto& job : {legal, courtesy}) {
    recorded(out(job, job.id.to_string()), outcome_of(OutcomeKind::pending), verdict(Change::sent_awaiting));
    auto delivered = receipt(job.id.to_string(), {by_message(job.id.to_string())});
    delivered.raw = must(store().blobs().put(job.organisation, original_of(job)));
    delivered.raw_owner = job.organisation;
    record(delivered);
  }
  const auto prune = [&] {
    while (must(store().ledger().prune(kept, now(), 100)).notifications > 0) {
    }
  };
  clock.advance(kept.content + 1h);
  prune();
  EXPECT_TRUE(blob_there(courtesy)) << "content goes, what was sent stays as long as the ledger";
  clock.advance(kept.ledger);
  prune();
  EXPECT_TRUE(must(store().evidence().as_sent(courtesy.delivery.id)).empty());
  EXPECT_FALSE(blob_there(courtesy));
  EXPECT_FALSE(store().blobs().size(courtesy.organisation, BlobId{sha256(original_of(courtesy))}));
  EXPECT_TRUE(store().blobs().size(legal.organisation, BlobId{sha256(original_of(legal))})) << "the receipt's bytes stay with it";
  EXPECT_EQ(must(store().evidence().as_sent(legal.delivery.id)).size(), 1U);
  EXPECT_TRUE(blob_there(legal));
  clock.advance(kept.legal);
  prune();
  EXPECT_TRUE(must(store().evidence().as_sent(legal.delivery.id)).empty());
  EXPECT_FALSE(blob_there(legal));
  EXPECT_EQ(must(store().evidence().late_acceptances(now())).count, 0U);
}

TEST_P(EvidenceTest, a_person_is_erased_without_touching_evidence) {
  const auto job = accepted();
  recorded(out(job, "m1"), outcome_of(OutcomeKind::pending), verdict(Change::sent_final));
  must(store().ledger().erase_person(job.organisation, job.delivery.address_hmac, now()));
  EXPECT_EQ(must(store().evidence().as_sent(job.delivery.id)).size(), 1U);
  EXPECT_TRUE(blob_there(job));
}

MESSO_EACH_ENGINE(EvidenceTest);

}  // namespace
}  // namespace messo::testing
