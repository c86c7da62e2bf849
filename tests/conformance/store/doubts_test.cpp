// Doubts: found, asked about, decided by operators, settled by late outcomes (DESIGN §3).
#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class DoubtsTest : public StoreTest {
 protected:
  Doubts& doubts() { return store().doubts(); }

  struct InDoubt {
    NewNotification job;
    AttemptId attempt;
  };
  InDoubt in_doubt(std::vector<Reference> references = {}) {
    NewNotification job = accepted();
    const AttemptId attempt = leased(job).attempt;
    Outcome unknown = outcome_of(OutcomeKind::unknown, "smtp.lost");
    unknown.references = std::move(references);
    EXPECT_EQ(recorded(attempt, unknown, verdict(Change::doubt)), Recorded::applied);
    return {std::move(job), attempt};
  }
  Recovered crash(OnDoubt policy = OnDoubt::resend) {
    clock.advance(1s);
    worker.boot = BootId::make(now());
    return must(store().work().recover(
        worker, [policy](ProviderId) { return policy; }, now()));
  }
  DoubtDecision decision(const InDoubt& doubt) const {
    return {doubt.job.delivery.id, doubt.attempt, {}, "maria (uid 1000)", "il relay conferma"};
  }
  std::vector<DeliveryId> listed(const DoubtQuery& query = {}) {
    std::vector<DeliveryId> out;
    for (const Doubt& doubt : must(doubts().list(query)).items) out.push_back(doubt.delivery);
    return out;
  }
  std::vector<DoubtQuestion> questions(bool by_itself = true) { return must(doubts().questions(provider, by_itself, now(), 100)); }
  bool step(const InDoubt& doubt, Instant again_at, Held held = Held::no) {
    const DoubtStep one{doubt.job.delivery.id, doubt.attempt, again_at, held};
    return must(doubts().proceed({&one, 1}, now())).at(0);
  }
  Event last_event(const NewNotification& job) { return view(job).timeline.back(); }
};

TEST_P(DoubtsTest, a_doubt_is_there_until_something_settles_it) {
  EXPECT_TRUE(listed().empty());
  const InDoubt first = in_doubt();
  const Doubt found = must(doubts().find(first.job.delivery.id.value, {}));
  EXPECT_EQ(found.notification, first.job.id);
  EXPECT_EQ(found.attempt, first.attempt);
  EXPECT_EQ(found.provider, provider);
  EXPECT_EQ(found.since, now());
  EXPECT_EQ(found.code, "smtp.lost");
  EXPECT_EQ(found.held, Held::no);
  EXPECT_EQ(found.asks, 0U);
  EXPECT_EQ(must(doubts().find(first.job.id.value, who.organisation)).delivery, first.job.delivery.id) << "also by its notification";
  EXPECT_EQ(code_of(doubts().find(first.job.delivery.id.value, OrganisationId::make(now()))), "doubt_not_found");

  EXPECT_EQ(recorded(first.attempt, sent_outcome(), verdict(Change::sent_final)), Recorded::settled);
  EXPECT_EQ(code_of(doubts().find(first.job.delivery.id.value, {})), "doubt_not_found");
  EXPECT_TRUE(listed().empty());
  EXPECT_TRUE(must(doubts().figures()).empty());
  expect_books_balance();
}

TEST_P(DoubtsTest, the_list_goes_by_age_in_pages_and_by_provider_organisation_and_age) {
  std::vector<DeliveryId> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(in_doubt().job.delivery.id);
    clock.advance(1min);
  }
  const ProviderId usual = provider;
  provider = ProviderId::make(now());
  const InDoubt other = in_doubt();
  EXPECT_EQ(listed({.provider = usual}), all);
  EXPECT_EQ(listed({.provider = provider}), std::vector{other.job.delivery.id});
  EXPECT_EQ(listed({.organisation = OrganisationId::make(now())}).size(), 0U);
  EXPECT_EQ(listed({.organisation = who.organisation}).size(), 6U);
  EXPECT_EQ(listed({.since_before = now() - 3min}), (std::vector{all[0], all[1]}));

  std::vector<DeliveryId> paged;
  DoubtQuery query{.limit = 2};
  for (bool more = true; more;) {
    const DoubtPage page = must(doubts().list(query));
    for (const Doubt& doubt : page.items) paged.push_back(doubt.delivery);
    ASSERT_FALSE(page.items.empty());
    query.after = DoubtCursor{page.items.back().since, page.items.back().delivery};
    more = page.more;
  }
  all.push_back(other.job.delivery.id);
  EXPECT_EQ(paged, all);

  const auto figures = must(doubts().figures());
  ASSERT_EQ(figures.size(), 2U);
  for (const DoubtFigures& one : figures) {
    EXPECT_EQ(one.count, one.provider == usual ? 5U : 1U);
    EXPECT_EQ(one.oldest, one.provider == usual ? now() - 5min : now());
  }
}

TEST_P(DoubtsTest, a_question_is_due_at_once_and_again_when_it_was_said) {
  const InDoubt doubt = in_doubt({{"smsc_id", "a1", 0}, {"smsc_id", "a2", 1}});
  auto due = questions();
  ASSERT_EQ(due.size(), 1U);
  EXPECT_EQ(due[0].attempt, doubt.attempt);
  EXPECT_EQ(due[0].asks, 0U);
  ASSERT_EQ(due[0].references.size(), 2U);
  EXPECT_EQ(due[0].references[1].value, "a2");
  EXPECT_TRUE(questions(false).empty()) << "of a provider that is not asked, only what an operator wants";

  EXPECT_TRUE(step(doubt, now() + 10s));
  EXPECT_EQ(last_event(doubt.job).kind, EventKind::asked);
  EXPECT_TRUE(questions().empty());
  clock.advance(10s);
  EXPECT_EQ(questions().at(0).asks, 1U);
  const auto told = view(doubt.job).timeline.size();
  EXPECT_TRUE(step(doubt, now() + 30s));
  EXPECT_EQ(view(doubt.job).timeline.size(), told) << "the second question is not worth a line";
  EXPECT_EQ(must(doubts().find(doubt.job.id.value, {})).asks, 2U);
  EXPECT_EQ(must(doubts().find(doubt.job.id.value, {})).asked_at, now());

  clock.advance(1min);
  EXPECT_TRUE(step(doubt, {}, Held::asked_in_vain));
  EXPECT_EQ(last_event(doubt.job).kind, EventKind::held);
  EXPECT_TRUE(questions().empty());
  EXPECT_EQ(must(doubts().find(doubt.job.id.value, {})).held, Held::asked_in_vain);
  EXPECT_EQ(must(doubts().figures()).at(0).held, 1U);
  EXPECT_EQ(status(doubt.job), NotificationStatus::in_doubt);
}

TEST_P(DoubtsTest, still_unknown_adds_nothing_to_the_timeline_and_a_definite_answer_settles) {
  const InDoubt doubt = in_doubt();
  step(doubt, now() + 10s);
  const auto told = view(doubt.job).timeline.size();
  EXPECT_EQ(recorded(doubt.attempt, outcome_of(OutcomeKind::unknown, "smsc.enroute"), verdict(Change::doubt)), Recorded::appended);
  EXPECT_EQ(view(doubt.job).timeline.size(), told);
  EXPECT_EQ(recorded(doubt.attempt, outcome_of(OutcomeKind::refused, "smsc.rejected"), verdict(Change::refuse)), Recorded::settled);
  EXPECT_EQ(delivery(doubt.job).state.result, DeliveryResult::refused);
  EXPECT_FALSE(step(doubt, now() + 10s)) << "settled: nobody is asked any more";
  expect_books_balance();
}

TEST_P(DoubtsTest, an_operator_has_it_asked_about_whatever_the_provider_s_policy) {
  const InDoubt doubt = in_doubt();
  step(doubt, {}, Held::asked_in_vain);
  must(doubts().ask(decision(doubt), now()));
  const Event told = last_event(doubt.job);
  EXPECT_EQ(told.kind, EventKind::asked);
  EXPECT_EQ(told.data_json, R"~({"operator":"maria (uid 1000)","reason":"il relay conferma"})~");
  const auto due = questions(false);
  ASSERT_EQ(due.size(), 1U);
  EXPECT_TRUE(due[0].requested);
  EXPECT_TRUE(step(doubt, now() + 1min));
  EXPECT_EQ(last_event(doubt.job).sequence, told.sequence);
  clock.advance(2min);
  EXPECT_TRUE(questions(false).empty()) << "once";
}

TEST_P(DoubtsTest, a_question_names_a_message_id_of_ours) {
  const auto job = accepted();
  Outcome unknown = outcome_of(OutcomeKind::unknown);
  unknown.references = {{"message_id", "<" + job.delivery.id.to_string() + "@comune.example>", 0}};
  recorded(leased(job).attempt, unknown, verdict(Change::doubt));
  const auto due = questions();
  ASSERT_EQ(due.size(), 1U);
  ASSERT_EQ(due[0].references.size(), 1U);
  EXPECT_EQ(due[0].references[0].kind, "message_id");
  EXPECT_EQ(due[0].references[0].value, unknown.references[0].value);
}

TEST_P(DoubtsTest, an_operator_closes_it_and_a_late_receipt_still_says_more) {
  const InDoubt doubt = in_doubt({{"message_id", "m1", 0}});
  EXPECT_EQ(must(doubts().close(decision(doubt), DeliveryResult::sent, now())), NotificationStatus::sent);
  const Event told = last_event(doubt.job);
  EXPECT_EQ(told.kind, EventKind::settled);
  EXPECT_EQ(told.attempt, doubt.attempt);
  EXPECT_EQ(told.data_json, R"~({"result":"sent","operator":"maria (uid 1000)","reason":"il relay conferma"})~");
  EXPECT_TRUE(listed().empty());
  expect_books_balance();

  Receipt receipt;
  receipt.dedupe_key = "r1";
  receipt.references = {{"message_id", "m1", 0}};
  receipt.kind = ReceiptKind::delivered;
  receipt.verification = Verification::valid;
  must(store().receipts().record(provider, {&receipt, 1}, nullptr, {}, now()));
  EXPECT_EQ(status(doubt.job), NotificationStatus::delivered);
  expect_books_balance();
}

TEST_P(DoubtsTest, every_result_an_operator_may_give_and_none_else) {
  for (const DeliveryResult result : kDeliveryResults) {
    const InDoubt doubt = in_doubt();
    const auto closed = doubts().close(decision(doubt), result, now());
    const bool allowed = result == DeliveryResult::sent || result == DeliveryResult::simulated || result == DeliveryResult::refused ||
                         result == DeliveryResult::no_outcome;
    EXPECT_EQ(closed.has_value(), allowed) << to_string(result);
    if (!allowed) {
      EXPECT_EQ(code_of(closed), "not_an_operators_result");
    }
    EXPECT_EQ(delivery(doubt.job).state.result, allowed ? result : DeliveryResult::open);
  }
  expect_books_balance();
}

TEST_P(DoubtsTest, an_operator_has_it_sent_again_exactly_once) {
  const InDoubt doubt = in_doubt();
  clock.advance(1min);
  EXPECT_EQ(must(doubts().resend(decision(doubt), {}, now())), NotificationStatus::queued);
  EXPECT_EQ(last_event(doubt.job).kind, EventKind::resent);
  EXPECT_EQ(delivery(doubt.job).due_at, now());
  EXPECT_EQ(code_of(doubts().resend(decision(doubt), {}, now())), "already_settled");
  EXPECT_EQ(code_of(doubts().close(decision(doubt), DeliveryResult::sent, now())), "already_settled");
  const AttemptId second = leased(doubt.job).attempt;
  EXPECT_EQ(recorded(second, sent_outcome(), verdict(Change::sent_final)), Recorded::applied);
  EXPECT_EQ(view(doubt.job).steps[0].deliveries[0].attempts.size(), 2U);
  EXPECT_EQ(code_of(doubts().resend(decision(doubt), {}, now())), "already_settled");
  expect_books_balance();
}

TEST_P(DoubtsTest, what_has_expired_is_sent_again_only_when_it_is_given_time) {
  const InDoubt doubt = in_doubt();
  clock.advance(73h);
  EXPECT_EQ(code_of(doubts().resend(decision(doubt), {}, now())), "expired");
  EXPECT_EQ(status(doubt.job), NotificationStatus::in_doubt);
  must(doubts().resend(decision(doubt), now() + 1h, now()));
  EXPECT_EQ(delivery(doubt.job).expires_at, now() + 1h);
  EXPECT_EQ(must(store().work().expire(now(), 10)), 0U);
  EXPECT_FALSE(leased(doubt.job).attempt.is_nil());
}

TEST_P(DoubtsTest, a_decision_counts_only_for_the_attempt_the_operator_saw) {
  const InDoubt first = in_doubt();
  must(doubts().resend(decision(first), {}, now()));
  const AttemptId second = leased(first.job).attempt;
  recorded(second, outcome_of(OutcomeKind::unknown), verdict(Change::doubt));
  EXPECT_EQ(code_of(doubts().close(decision(first), DeliveryResult::sent, now())), "another_attempt");
  EXPECT_EQ(code_of(doubts().resend(decision(first), {}, now())), "another_attempt");
  EXPECT_EQ(doubts().ask(decision(first), now()).error().code, "another_attempt");
  DoubtDecision of_nobody = decision(first);
  of_nobody.organisation = OrganisationId::make(now());
  EXPECT_EQ(code_of(doubts().close(of_nobody, DeliveryResult::sent, now())), "doubt_not_found");
  of_nobody.delivery = DeliveryId::make(now());
  EXPECT_EQ(code_of(doubts().resend(of_nobody, {}, now())), "doubt_not_found");
  EXPECT_EQ(must(doubts().find(first.job.id.value, {})).attempt, second);
}

TEST_P(DoubtsTest, an_earlier_attempt_s_late_no_does_not_settle_the_newer_attempt_s_doubt) {
  const InDoubt first = in_doubt();
  must(doubts().resend(decision(first), {}, now()));
  const AttemptId second = leased(first.job).attempt;
  recorded(second, outcome_of(OutcomeKind::unknown), verdict(Change::doubt));
  // The first never left: that says nothing of the second, and sending again now could make two.
  EXPECT_EQ(recorded(first.attempt, outcome_of(OutcomeKind::try_later), retry_at(now())), Recorded::appended);
  EXPECT_EQ(status(first.job), NotificationStatus::in_doubt);
  EXPECT_EQ(must(doubts().find(first.job.id.value, {})).attempt, second);
  EXPECT_EQ(recorded(second, sent_outcome(), verdict(Change::sent_final)), Recorded::settled);
  EXPECT_EQ(status(first.job), NotificationStatus::sent);
}

TEST_P(DoubtsTest, a_crash_makes_doubts_without_a_code_and_a_third_one_holds_them) {
  const auto job = accepted();
  for (int crashes = 1; crashes <= 2; ++crashes) {
    leased(job);
    EXPECT_EQ(crash().resent, 1U);
  }
  const auto suspects = must(doubts().suspects(10));
  ASSERT_EQ(suspects.size(), 1U);
  EXPECT_EQ(suspects[0].row.delivery, job.delivery.id);
  EXPECT_EQ(suspects[0].lane.pool, "email");
  EXPECT_EQ(suspects[0].lane.service, who.service);
  EXPECT_EQ(suspects[0].row.expires_at, job.delivery.expires_at);
  leased(job);
  EXPECT_TRUE(must(doubts().suspects(10)).empty()) << "it is not waiting";
  EXPECT_EQ(crash(OnDoubt::ask).poisonous, 1U);
  const Doubt doubt = must(doubts().find(job.id.value, {}));
  EXPECT_EQ(doubt.held, Held::crashed);
  EXPECT_EQ(doubt.crashes, 3U);
  EXPECT_EQ(doubt.code, "");
  EXPECT_TRUE(questions().empty()) << "what may kill the hub is left alone";
}

TEST_P(DoubtsTest, whoever_gets_an_outcome_has_not_killed_the_hub) {
  const auto job = accepted();
  for (int crashes = 1; crashes <= 2; ++crashes) {
    leased(job);
    EXPECT_EQ(crash().resent, 1U);
  }
  Verdict given_back = retry_at(now());
  given_back.change = Change::release;
  recorded(leased(job).attempt, outcome_of(OutcomeKind::try_later), given_back);
  EXPECT_EQ(must(doubts().suspects(10)).size(), 1U) << "given back untouched proves nothing";
  recorded(leased(job).attempt, outcome_of(OutcomeKind::try_later), retry_at(now()));
  EXPECT_TRUE(must(doubts().suspects(10)).empty());
  leased(job);
  EXPECT_EQ(crash().resent, 1U) << "three crashes in a row are needed again";
}

TEST_P(DoubtsTest, what_a_crash_left_is_asked_about_until_it_is_answered) {
  const auto job = accepted();
  const AttemptId attempt = leased(job).attempt;
  EXPECT_EQ(crash(OnDoubt::ask).in_doubt, 1U);
  ASSERT_EQ(questions().size(), 1U);
  EXPECT_EQ(questions()[0].attempt, attempt);
  EXPECT_EQ(recorded(attempt, outcome_of(OutcomeKind::try_later, "smsc.not_found"), retry_at(now() + 1min)), Recorded::settled);
  EXPECT_TRUE(questions().empty());
  EXPECT_EQ(delivery(job).due_at, now() + 1min);
  EXPECT_EQ(status(job), NotificationStatus::queued);
  expect_books_balance();
}

MESSO_EACH_ENGINE(DoubtsTest);

}  // namespace
}  // namespace messo::testing
