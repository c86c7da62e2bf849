// Acceptance, idempotency, admission and withdrawal.
#include <atomic>
#include <thread>

#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class IntakeTest : public StoreTest {};

NewNotification with_key(NewNotification job, std::string key, std::string_view body) {
  job.idempotency = IdempotencyKey{std::move(key), sha256(body)};
  return job;
}

TEST_P(IntakeTest, what_was_posted_is_what_is_found) {
  NewNotification job = email_job(who, now());
  job.reference = "pratica 17";
  job.protocol = "0001234/2026";
  job.case_file = "SUE/17";
  job.labels = {{"ufficio", "edilizia"}, {"zona", "nord"}};
  job.send_at = now() + 1h;
  job.delivery.due_at = *job.send_at;
  job.recipient.fiscal_code = "RSSNNA80A41H501X";
  job.recipient.addresses[Channel::sms] = "+393331234567";
  job.attachments = {{"modulo è.pdf", "application/pdf", 3, must(store().blobs().put(who.organisation, "pdf"))}};
  NewStep fallback;
  fallback.id = StepId::make(now());
  fallback.position = 1;
  fallback.spec = {Channel::sms, "sms-economico", SuccessRule::delivered, Seconds{3600}};
  job.steps.push_back(fallback);
  accepted(job);

  const NotificationView v = view(job);
  EXPECT_EQ(v.summary.reference, "pratica 17");
  EXPECT_EQ(v.summary.protocol, "0001234/2026");
  EXPECT_EQ(v.summary.case_file, "SUE/17");
  EXPECT_EQ(v.summary.labels, job.labels);
  EXPECT_EQ(v.summary.send_at, job.send_at);
  EXPECT_EQ(v.summary.status, NotificationStatus::queued);
  EXPECT_FALSE(v.summary.ended_at);
  ASSERT_TRUE(v.content);
  EXPECT_EQ(v.content->recipient.name, "Anna Rossi");
  EXPECT_EQ(v.content->recipient.fiscal_code, job.recipient.fiscal_code);
  EXPECT_EQ(v.content->recipient.addresses, job.recipient.addresses);
  EXPECT_EQ(v.content->data_json, job.data_json);
  ASSERT_EQ(v.content->attachments.size(), 1U);
  EXPECT_EQ(v.content->attachments[0].name, "modulo è.pdf");
  EXPECT_EQ(v.content->attachments[0].blob, job.attachments[0].blob);
  ASSERT_EQ(v.steps.size(), 2U);
  EXPECT_EQ(v.steps[0].state, StepState::active);
  EXPECT_EQ(v.steps[1].state, StepState::waiting);
  EXPECT_EQ(v.steps[1].spec.pool, "sms-economico");
  EXPECT_EQ(v.steps[1].spec.wait, Seconds{3600});
  ASSERT_EQ(v.steps[0].deliveries.size(), 1U);
  EXPECT_EQ(v.steps[0].deliveries[0].state.phase, Phase::scheduled);
  ASSERT_EQ(v.timeline.size(), 1U);
  EXPECT_EQ(v.timeline[0].kind, EventKind::accepted);
  EXPECT_EQ(v.timeline[0].sequence, 1U);
  expect_books_balance();
}

TEST_P(IntakeTest, the_same_key_and_body_store_once) {
  const auto first = with_key(email_job(who, now()), "ordine-1", "body");
  accepted(first);
  const auto again = must(store().intake().accept(with_key(email_job(who, now()), "ordine-1", "body")));
  EXPECT_TRUE(again.duplicate);
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(must(store().ledger().books()).accepted, 1U);
}

TEST_P(IntakeTest, the_same_key_with_another_body_is_a_conflict) {
  accepted(with_key(email_job(who, now()), "ordine-1", "body"));
  const auto other = store().intake().accept(with_key(email_job(who, now()), "ordine-1", "another body"));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, ErrorKind::conflict);
  EXPECT_EQ(other.error().code, "idempotency_key_reused");
  EXPECT_EQ(must(store().ledger().books()).accepted, 1U);
}

TEST_P(IntakeTest, a_key_belongs_to_its_service) {
  accepted(with_key(email_job(who, now()), "ordine-1", "body"));
  Sending neighbour = who;
  neighbour.service = ServiceId::make(now());
  accepted(with_key(email_job(neighbour, now()), "ordine-1", "another body"));
}

TEST_P(IntakeTest, a_key_is_forgotten_after_seven_days) {
  accepted(with_key(email_job(who, now()), "ordine-1", "body"));
  clock.advance(std::chrono::hours{24 * 7} - 1s);
  EXPECT_TRUE(must(store().intake().find_idempotent(who.service, "ordine-1")));
  clock.advance(2s);
  EXPECT_FALSE(must(store().intake().find_idempotent(who.service, "ordine-1")));
  const auto later = with_key(email_job(who, now()), "ordine-1", "another body");
  accepted(later);
  const auto known = must(store().intake().find_idempotent(who.service, "ordine-1"));
  ASSERT_TRUE(known);
  EXPECT_EQ(known->id, later.id);
  EXPECT_EQ(known->body, sha256("another body"));
}

TEST_P(IntakeTest, sixteen_posts_with_one_key_at_once_store_one) {
  std::atomic<int> stored = 0, duplicates = 0;
  std::atomic<bool> go = false;
  std::vector<NotificationId> ids(16);
  std::vector<std::thread> posts;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    posts.emplace_back([&, i] {
      const auto job = with_key(email_job(who, now()), "una-volta", "body");
      while (!go) std::this_thread::yield();
      const auto answer = store().intake().accept(job);
      if (!answer) return;
      ids[i] = answer->id;
      ++(answer->duplicate ? duplicates : stored);
    });
  }
  go = true;
  for (auto& post : posts) post.join();
  EXPECT_EQ(stored, 1);
  EXPECT_EQ(duplicates, 15);
  for (const NotificationId& id : ids) EXPECT_EQ(id, ids[0]);
  EXPECT_EQ(must(store().ledger().books()).accepted, 1U);
}

TEST_P(IntakeTest, many_at_once_are_answered_one_by_one_in_order) {
  std::vector<NewNotification> jobs{with_key(email_job(who, now()), "a", "1"), with_key(email_job(who, now()), "a", "1"),
                                    with_key(email_job(who, now()), "a", "2"), email_job(who, now())};
  const auto answers = store().intake().accept_many(jobs);
  ASSERT_EQ(answers.size(), 4U);
  EXPECT_EQ(answers[0]->id, jobs[0].id);
  EXPECT_TRUE(answers[1]->duplicate);
  EXPECT_EQ(answers[1]->id, jobs[0].id);
  EXPECT_EQ(code_of(answers[2]), "idempotency_key_reused");
  EXPECT_EQ(answers[3]->id, jobs[3].id);
  EXPECT_TRUE(store().intake().accept_many({}).empty());
}

TEST_P(IntakeTest, an_id_in_use_is_a_conflict_and_changes_nothing) {
  const auto job = accepted();
  NewNotification other = email_job(who, now(), "bruno@example.org");
  other.id = job.id;
  EXPECT_EQ(code_of(store().intake().accept(other)), "already_stored");
  EXPECT_EQ(view(job).content->recipient.addresses.at(Channel::email), "anna@example.org");
  expect_books_balance();
}

TEST_P(IntakeTest, past_its_depth_intake_refuses_and_delivery_goes_on) {
  open(Admission{.max_open = 2});
  const auto first = accepted();
  accepted();
  const auto third = store().intake().accept(email_job(who, now()));
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().kind, ErrorKind::overloaded);
  EXPECT_TRUE(third.error().retry_after);
  recorded(leased(first).attempt, sent_outcome(), verdict(Change::sent_final));
  accepted();
  expect_books_balance();
}

TEST_P(IntakeTest, a_batch_stops_exactly_at_the_limit) {
  open(Admission{.max_open = 3});
  std::vector<NewNotification> jobs;
  for (int i = 0; i < 5; ++i) jobs.push_back(email_job(who, now()));
  const auto answers = store().intake().accept_many(jobs);
  EXPECT_TRUE(answers[2]);
  EXPECT_EQ(code_of(answers[3]), "queue_full");
  EXPECT_EQ(must(store().ledger().books()).open, 3U);
}

TEST_P(IntakeTest, new_limits_count_from_the_next_accept_on) {
  accepted();
  Admission limits = store().admission();
  limits.max_open = 1;
  store().set_admission(limits);
  EXPECT_EQ(store().admission().max_open, 1U);
  EXPECT_EQ(code_of(store().intake().accept(email_job(who, now()))), "queue_full");
  EXPECT_EQ(store().intake().admits(who.service).error().code, "queue_full");
  limits.max_open = 2;
  store().set_admission(limits);
  EXPECT_TRUE(store().intake().admits(who.service));
  accepted();
}

class ServiceLimitTest : public StoreTest {
 protected:
  void limit(std::uint64_t queued) {
    DirectoryChange change;
    change.organisations = {{who.organisation, {}, "comune", "Comune", 1, {}, false}};
    change.services = {{who.service, who.organisation, "sportello", "Sportello", 1, {}, {0, queued}, false}};
    must(store().directory().apply(change, store().directory().snapshot()->version, now()));
  }
  std::string refusal() { return code_of(store().intake().accept(email_job(who, now()))); }
};

TEST_P(ServiceLimitTest, a_service_has_a_limit_of_its_own) {
  limit(1);
  accepted();
  const auto full = store().intake().accept(email_job(who, now()));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, "service_queue_full");
  EXPECT_EQ(full.error().kind, ErrorKind::overloaded);
  EXPECT_TRUE(full.error().retry_after);
  EXPECT_EQ(store().intake().admits(who.service).error().code, "service_queue_full");
  Sending other = who;
  other.service = ServiceId::make(now());
  EXPECT_TRUE(store().intake().admits(other.service));
  accepted(email_job(other, now()));
}

TEST_P(ServiceLimitTest, whatever_ends_a_notification_makes_room) {
  limit(4);
  const auto first = accepted(), second = accepted(), third = accepted(), fourth = accepted();
  EXPECT_EQ(refusal(), "service_queue_full");
  const auto attempt = leased(first).attempt;
  EXPECT_EQ(refusal(), "service_queue_full") << "with a provider it is still open";
  recorded(attempt, sent_outcome(), verdict(Change::sent_final));
  accepted();
  must(store().intake().cancel(who.service, second.id, now()));
  accepted();
  recorded(leased(third).attempt, outcome_of(OutcomeKind::refused), verdict(Change::refuse));
  accepted();
  clock.advance(std::chrono::hours{73});
  EXPECT_EQ(must(store().work().expire(now(), 10)), 4U);
  for (int i = 0; i < 4; ++i) accepted();
  EXPECT_EQ(refusal(), "service_queue_full");
}

TEST_P(ServiceLimitTest, a_receipt_that_is_awaited_keeps_its_place) {
  limit(1);
  const auto job = accepted();
  Outcome outcome = sent_outcome();
  Verdict awaiting = verdict(Change::sent_awaiting);
  awaiting.deadline = now() + 1h;
  recorded(leased(job).attempt, outcome, awaiting);
  EXPECT_EQ(refusal(), "service_queue_full");
  clock.advance(2h);
  EXPECT_EQ(must(store().timers().fire(now(), 10)), 1U);
  EXPECT_EQ(refusal(), "(fine)");
}

TEST_P(ServiceLimitTest, a_batch_stops_exactly_at_it) {
  limit(3);
  std::vector<NewNotification> jobs;
  for (int i = 0; i < 5; ++i) jobs.push_back(email_job(who, now()));
  const auto answers = store().intake().accept_many(jobs);
  EXPECT_TRUE(answers[2]);
  EXPECT_EQ(code_of(answers[3]), "service_queue_full");
  EXPECT_EQ(must(store().ledger().books()).open, 3U);
}

TEST_P(ServiceLimitTest, a_repeated_post_has_its_answer_although_the_service_is_full) {
  limit(1);
  const auto first = with_key(email_job(who, now()), "ordine-1", "body");
  accepted(first);
  const auto again = must(store().intake().accept(with_key(email_job(who, now()), "ordine-1", "body")));
  EXPECT_TRUE(again.duplicate);
}

TEST_P(ServiceLimitTest, a_raised_limit_counts_at_once) {
  limit(1);
  accepted();
  EXPECT_EQ(refusal(), "service_queue_full");
  limit(2);
  accepted();
  limit(0);
  accepted();
}

MESSO_EACH_ENGINE(ServiceLimitTest);

TEST_P(IntakeTest, what_waits_can_be_cancelled) {
  const auto job = accepted();
  EXPECT_EQ(must(store().intake().cancel(who.service, job.id, now())), NotificationStatus::cancelled);
  const auto v = view(job);
  EXPECT_EQ(v.summary.status, NotificationStatus::cancelled);
  EXPECT_EQ(v.summary.ended_at, now());
  EXPECT_EQ(v.timeline.back().kind, EventKind::cancelled);
  EXPECT_EQ(v.steps[0].state, StepState::failed);
  EXPECT_TRUE(must(store().work().lanes("email", now())).empty());
  const LeaseOrder order{job.delivery.id, AttemptId::make(now()), provider, true};
  EXPECT_TRUE(must(store().work().lease(worker, std::span(&order, 1), {}, now())).empty());
  expect_books_balance();
}

TEST_P(IntakeTest, cancel_says_why_not) {
  const auto job = accepted();
  EXPECT_EQ(code_of(store().intake().cancel(ServiceId::make(now()), job.id, now())), "notification_not_found");
  EXPECT_EQ(code_of(store().intake().cancel(who.service, NotificationId::make(now()), now())), "notification_not_found");
  const auto attempt = leased(job).attempt;
  EXPECT_EQ(code_of(store().intake().cancel(who.service, job.id, now())), "already_left");
  recorded(attempt, sent_outcome(), verdict(Change::sent_final));
  EXPECT_EQ(code_of(store().intake().cancel(who.service, job.id, now())), "already_ended");
}

TEST_P(IntakeTest, cancelled_between_two_attempts_it_is_not_tried_again) {
  const auto job = accepted();
  recorded(leased(job).attempt, outcome_of(OutcomeKind::try_later), retry_at(now() + 1min));
  EXPECT_EQ(must(store().intake().cancel(who.service, job.id, now())), NotificationStatus::cancelled);
  clock.advance(2min);
  EXPECT_TRUE(must(store().work().lanes("email", now())).empty());
}

TEST_P(IntakeTest, a_race_of_cancel_and_lease_has_one_winner) {
  for (int round = 0; round < 40; ++round) {
    const auto job = accepted();
    std::atomic<bool> go = false;
    bool cancelled = false, got = false;
    std::thread withdraw([&] {
      while (!go) std::this_thread::yield();
      cancelled = store().intake().cancel(who.service, job.id, now()).has_value();
    });
    std::thread work([&] {
      while (!go) std::this_thread::yield();
      const LeaseOrder order{job.delivery.id, AttemptId::make(now()), provider, false};
      const auto leases = store().work().lease(worker, std::span(&order, 1), {}, now());
      got = leases && leases->size() == 1;
    });
    go = true;
    withdraw.join();
    work.join();
    EXPECT_NE(cancelled, got);
  }
  expect_books_balance();
}

MESSO_EACH_ENGINE(IntakeTest);

}  // namespace
}  // namespace messo::testing
