// Addresses courtesy messages do not go to any more: made by people, refusals and bounces; heeded by the lease (Suppressions, WorkQueue).
#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class SuppressionsTest : public StoreTest {
 protected:
  static constexpr auto kAnna = "anna@example.org";

  Suppression by_hand(std::string_view address, const Sending& whose) {
    Suppression s;
    s.id = SuppressionId::make(now());
    s.organisation = whose.organisation;
    s.address_hmac = some_hmac(address);
    s.address = address;
    s.reason = "asked by telephone";
    s.since = now();
    return s;
  }
  SuppressionAdded add(const Suppression& s) { return must(store().suppressions().add(s, {"key 1", "added " + s.id.to_string()})); }
  Suppression added(std::string_view address) { return add(by_hand(address, who)).suppression; }
  std::optional<Suppression> of(std::string_view address) {
    return must(store().suppressions().find(who.organisation, some_hmac(address)));
  }
  std::size_t lease(const NewNotification& job, bool handed_over = true) {
    const LeaseOrder order{job.delivery.id, AttemptId::make(now()), provider, handed_over};
    return must(store().work().lease(worker, std::span(&order, 1), {}, now())).size();
  }
  Outcome refusal(OutcomeScope scope = OutcomeScope::destination) {
    Outcome o = outcome_of(OutcomeKind::refused, "smtp.550-5.1.1");
    o.scope = scope;
    return o;
  }
  Receipt bounce(const std::string& message, std::string code = "email.bounced") {
    Receipt r;
    r.dedupe_key = message;
    r.references = {{"message-id", message, 0}};
    r.kind = ReceiptKind::undelivered;
    r.verification = Verification::valid;
    r.scope = OutcomeScope::destination;
    r.code = std::move(code);
    r.at = now();
    return r;
  }
  void record(const Receipt& r) { must(store().receipts().record(provider, std::span(&r, 1), nullptr, {}, now())); }
  NewNotification to(std::string_view address) { return accepted(email_job(who, now(), address)); }
};

TEST_P(SuppressionsTest, one_made_by_a_person_is_found_listed_and_in_the_audit_without_the_address) {
  const auto made = added(kAnna);
  const auto found = of(kAnna);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, made.id);
  EXPECT_EQ(found->address, kAnna);
  EXPECT_EQ(found->channel, Channel::email);
  EXPECT_EQ(found->source, SuppressionSource::person);
  EXPECT_EQ(found->reason, "asked by telephone");
  EXPECT_EQ(found->since, now());
  EXPECT_FALSE(of("bruno@example.org"));
  EXPECT_FALSE(must(store().suppressions().find(OrganisationId::make(now()), some_hmac(kAnna)))) << "another organisation's";
  const auto audit = must(store().directory().audit(1));
  ASSERT_EQ(audit.size(), 1U);
  EXPECT_EQ(audit[0].actor, "key 1");
  EXPECT_EQ(audit[0].sentence, "added " + made.id.to_string());
}

TEST_P(SuppressionsTest, the_second_of_one_address_leaves_the_first_as_it_is) {
  const auto first = added(kAnna);
  auto again = by_hand(kAnna, who);
  again.reason = "another one";
  const auto got = add(again);
  EXPECT_FALSE(got.added);
  EXPECT_EQ(got.suppression.id, first.id);
  EXPECT_EQ(got.suppression.address, kAnna);
  EXPECT_EQ(of(kAnna)->reason, "asked by telephone");
  EXPECT_EQ(must(store().directory().audit(10)).size(), 1U);
}

TEST_P(SuppressionsTest, a_courtesy_message_to_it_ends_as_suppressed_and_nothing_is_leased) {
  added(kAnna);
  const auto job = to(kAnna), other = to("bruno@example.org");
  EXPECT_EQ(lease(job), 0U);
  EXPECT_EQ(lease(other), 1U);
  const auto seen = view(job);
  EXPECT_EQ(seen.summary.status, NotificationStatus::suppressed);
  EXPECT_EQ(seen.summary.ended_at, now());
  EXPECT_EQ(seen.steps[0].state, StepState::failed);
  EXPECT_EQ(delivery(job).state, (DeliveryState{Phase::closed, DeliveryResult::suppressed, false}));
  EXPECT_TRUE(delivery(job).attempts.empty());
  const auto& event = seen.timeline.back();
  EXPECT_EQ(event.kind, EventKind::closed);
  EXPECT_EQ(event.status, NotificationStatus::suppressed);
  EXPECT_EQ(
      event.data_json,
      R"({"result":"suppressed","code":"address_suppressed","source":"person","text":"Not sent: the address was excluded by the organisation."})");
  EXPECT_EQ(lease(job), 0U) << "it has ended";
  expect_books_balance();
}

TEST_P(SuppressionsTest, legal_ones_other_organisations_and_what_is_not_due_are_left_alone) {
  added(kAnna);
  auto act = email_job(who, now());
  act.template_class = TemplateClass::legal;
  EXPECT_EQ(lease(accepted(act)), 1U);
  const Sending others{OrganisationId::make(now()), ServiceId::make(now()), KeyId::make(now())};
  EXPECT_EQ(lease(accepted(email_job(others, now()))), 1U);
  auto later = email_job(who, now());
  later.delivery.due_at = now() + 1h;
  const auto waits = accepted(later);
  EXPECT_EQ(lease(waits), 0U);
  EXPECT_EQ(status(waits), NotificationStatus::queued);
  clock.advance(80h);
  EXPECT_EQ(lease(waits), 0U);
  EXPECT_EQ(status(waits), NotificationStatus::queued) << "its time has passed: it expires";
  expect_books_balance();
}

TEST_P(SuppressionsTest, removing_it_lets_messages_go_again) {
  const auto made = added(kAnna);
  EXPECT_EQ(code_of(store().suppressions().remove(made.id, OrganisationId::make(now()), {"key 1", "x"}, now())), "suppression_not_found");
  EXPECT_EQ(must(store().suppressions().remove(made.id, who.organisation, {"key 1", "removed"}, now())).address, kAnna);
  EXPECT_EQ(code_of(store().suppressions().remove(made.id, {}, {"key 1", "x"}, now())), "suppression_not_found");
  EXPECT_FALSE(of(kAnna));
  EXPECT_EQ(lease(to(kAnna)), 1U);
  EXPECT_EQ(must(store().directory().audit(1)).at(0).sentence, "removed");
  EXPECT_TRUE(add(by_hand(kAnna, who)).added);
  EXPECT_EQ(lease(to(kAnna)), 0U);
}

TEST_P(SuppressionsTest, an_address_refused_for_good_is_suppressed_with_the_outcome) {
  const auto job = to(kAnna);
  recorded(leased(job).attempt, refusal(), verdict(Change::refuse));
  EXPECT_EQ(status(job), NotificationStatus::refused);
  const auto made = of(kAnna);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->source, SuppressionSource::refused);
  EXPECT_EQ(made->reason, "smtp.550-5.1.1");
  EXPECT_EQ(made->address, kAnna);
  EXPECT_EQ(made->delivery, job.delivery.id);
  EXPECT_EQ(made->notification, job.id);
  const auto next = to(kAnna);
  EXPECT_EQ(lease(next), 0U);
  EXPECT_NE(view(next).timeline.back().data_json.find("\"source\":\"refused\""), std::string::npos);
}

TEST_P(SuppressionsTest, what_is_not_about_the_address_suppresses_nothing) {
  recorded(leased(to(kAnna)).attempt, refusal(OutcomeScope::message), verdict(Change::refuse));
  Outcome full = outcome_of(OutcomeKind::try_later, "smtp.452-4.2.2");
  full.scope = OutcomeScope::destination;
  recorded(leased(to(kAnna)).attempt, full, retry_at(now() + 1h));
  auto test = email_job(who, now());
  test.kind = KeyKind::test;
  recorded(leased(accepted(test)).attempt, refusal(), verdict(Change::refuse));
  auto text = email_job(who, now());
  text.steps[0].spec.channel = Channel::sms;
  text.delivery.channel = Channel::sms;
  recorded(leased(accepted(text)).attempt, refusal(), verdict(Change::refuse));
  EXPECT_FALSE(of(kAnna));
}

TEST_P(SuppressionsTest, a_refusal_that_comes_too_late_to_count_suppresses_nothing) {
  const auto job = to(kAnna);
  const auto attempt = leased(job).attempt;
  recorded(attempt, sent_outcome(), verdict(Change::sent_final));
  EXPECT_EQ(recorded(attempt, refusal(), verdict(Change::refuse)), Recorded::appended);
  EXPECT_FALSE(of(kAnna));
}

TEST_P(SuppressionsTest, a_bounce_and_a_complaint_suppress_as_what_they_are) {
  sent(email_job(who, now(), "anna@example.org"), {{"message-id", "m1", 0}});
  sent(email_job(who, now(), "bruno@example.org"), {{"message-id", "m2", 0}});
  record(bounce("m1"));
  auto complaint = bounce("m2", "smtp.complaint");
  complaint.kind = ReceiptKind::milestone;
  complaint.milestone = Milestone::complained;
  record(complaint);
  EXPECT_EQ(of("anna@example.org")->source, SuppressionSource::bounce);
  EXPECT_EQ(of("anna@example.org")->reason, "email.bounced");
  EXPECT_EQ(of("bruno@example.org")->source, SuppressionSource::complaint);
}

TEST_P(SuppressionsTest, a_bounce_before_the_outcome_suppresses_once_it_finds_its_message) {
  record(bounce("m1"));
  EXPECT_FALSE(of(kAnna));
  sent(email_job(who, now()), {{"message-id", "m1", 0}});
  EXPECT_TRUE(of(kAnna));
}

TEST_P(SuppressionsTest, receipts_about_the_message_certified_mail_and_what_is_not_believed_suppress_nothing) {
  sent(email_job(who, now()), {{"message-id", "m1", 0}});
  auto full = bounce("m1");
  full.scope = OutcomeScope::message;
  record(full);
  auto delayed = bounce("m1");
  delayed.dedupe_key = "delayed";
  delayed.kind = ReceiptKind::milestone;
  delayed.milestone = Milestone::delayed;
  record(delayed);
  sent(email_job(who, now()), {{"message-id", "m2", 0}});
  auto forged = bounce("m2");
  forged.verification = Verification::invalid;
  record(forged);
  auto certified = email_job(who, now());
  certified.steps[0].spec.channel = certified.delivery.channel = Channel::pec;
  certified.recipient.addresses = {{Channel::pec, kAnna}};
  sent(certified, {{"message-id", "m3", 0}});
  record(bounce("m3", "pec.unknown_mailbox"));
  EXPECT_FALSE(of(kAnna));
}

TEST_P(SuppressionsTest, erasing_a_person_removes_it_and_a_late_bounce_does_not_bring_it_back) {
  const auto job = sent(email_job(who, now()), {{"message-id", "m1", 0}});
  added(kAnna);
  EXPECT_EQ(must(store().ledger().erase_person(OrganisationId::make(now()), some_hmac(kAnna), now())).suppressions, 0U);
  const auto done = must(store().ledger().erase_person(who.organisation, some_hmac(kAnna), now()));
  EXPECT_EQ(done.erased, 1U);
  EXPECT_EQ(done.suppressions, 1U);
  EXPECT_FALSE(of(kAnna));
  record(bounce("m1"));
  EXPECT_EQ(status(job), NotificationStatus::undelivered);
  EXPECT_FALSE(of(kAnna));
}

TEST_P(SuppressionsTest, those_people_made_stay_and_the_others_go_with_the_ledgers_term) {
  recorded(leased(to(kAnna)).attempt, refusal(), verdict(Change::refuse));
  added("bruno@example.org");
  const Retention kept;
  const auto prune = [&] { must(store().ledger().prune(kept, now(), 100)); };
  clock.advance(kept.ledger - 1h);
  prune();
  EXPECT_TRUE(of(kAnna));
  clock.advance(1h);
  prune();
  EXPECT_FALSE(of(kAnna));
  EXPECT_TRUE(of("bruno@example.org"));
}

TEST_P(SuppressionsTest, lists_go_in_pages_newest_first_within_organisation_and_channel) {
  std::vector<SuppressionId> made;
  for (int i = 0; i < 5; ++i) made.push_back(added("citizen" + std::to_string(i) + "@example.org").id);
  const Sending others{OrganisationId::make(now()), ServiceId::make(now()), KeyId::make(now())};
  const auto theirs = add(by_hand(kAnna, others)).suppression.id;
  auto phone = by_hand("+393331234567", who);
  phone.channel = Channel::sms;
  const auto sms = add(phone).suppression.id;

  std::vector<SuppressionId> seen;
  SuppressionQuery query{.organisation = who.organisation, .channel = Channel::email, .limit = 2};
  for (bool more = true; more;) {
    const auto page = must(store().suppressions().list(query));
    for (const auto& one : page.items) seen.push_back(one.id);
    more = page.more && !page.items.empty();
    if (more) query.before = page.items.back().id;
  }
  EXPECT_EQ(seen, (std::vector{made[4], made[3], made[2], made[1], made[0]}));
  const auto all = must(store().suppressions().list({.limit = 2}));
  ASSERT_EQ(all.items.size(), 2U);
  EXPECT_EQ(all.items[0].id, sms);
  EXPECT_EQ(all.items[1].id, theirs);
  EXPECT_TRUE(all.more);
  const auto one = must(store().suppressions().list({.organisation = who.organisation, .address_hmac = some_hmac("citizen3@example.org")}));
  ASSERT_EQ(one.items.size(), 1U);
  EXPECT_EQ(one.items[0].address, "citizen3@example.org");
}

MESSO_EACH_ENGINE(SuppressionsTest);

}  // namespace
}  // namespace messo::testing
