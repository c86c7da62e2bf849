// Lanes, leases, hand-over, outcomes and what late ones do.
#include <algorithm>
#include <mutex>
#include <thread>

#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class WorkQueueTest : public StoreTest {
 protected:
  std::vector<DueDelivery> due(const NewNotification& like, std::size_t limit = 100, const DueDelivery* after = nullptr) {
    return must(store().work().due({like.delivery.pool, like.priority, like.organisation, like.service}, now(), limit, after));
  }
};

NewNotification in_lane(Sending who, Priority priority, std::string pool, Instant now) {
  NewNotification job = email_job(who, now);
  job.priority = priority;
  job.delivery.pool = std::move(pool);
  return job;
}

TEST_P(WorkQueueTest, lanes_are_read_by_priority_and_skip_what_is_not_due) {
  Sending other = who;
  other.service = ServiceId::make(now());
  for (int i = 0; i < 20; ++i) accepted(in_lane(who, Priority::bulk, "email", now()));
  accepted(in_lane(other, Priority::urgent, "email", now()));
  accepted(in_lane(who, Priority::normal, "email", now()));
  accepted(in_lane(who, Priority::normal, "pec", now()));
  NewNotification later = in_lane(other, Priority::alert, "email", now());
  later.delivery.due_at = now() + 1min;
  accepted(later);

  const auto lanes = must(store().work().lanes("email", now()));
  ASSERT_EQ(lanes.size(), 3U);
  EXPECT_EQ(lanes[0].lane, (Lane{"email", Priority::urgent, other.organisation, other.service}));
  EXPECT_EQ(lanes[1].lane.priority, Priority::normal);
  EXPECT_EQ(lanes[2].lane.priority, Priority::bulk);
  EXPECT_EQ(lanes[2].oldest_due, now());
  EXPECT_EQ(must(store().work().next_due("email", now())), now() + 1min);
  EXPECT_FALSE(must(store().work().next_due("pec", now())));
  clock.advance(1min);
  EXPECT_EQ(must(store().work().lanes("email", now())).size(), 4U);
  EXPECT_TRUE(must(store().work().lanes("sms", now())).empty());
}

TEST_P(WorkQueueTest, the_next_due_is_seen_behind_rows_that_are_due) {
  accepted();
  NewNotification later = email_job(who, now());
  later.delivery.due_at = now() + 5min;
  accepted(later);
  EXPECT_EQ(must(store().work().next_due("email", now())), now() + 5min);
}

TEST_P(WorkQueueTest, a_lane_is_read_oldest_first_page_by_page) {
  std::vector<NewNotification> jobs;
  for (int i = 0; i < 10; ++i) {
    jobs.push_back(accepted());
    if (i % 2 == 0) clock.advance(1ms);
  }
  const auto first = due(jobs[0], 4);
  ASSERT_EQ(first.size(), 4U);
  EXPECT_EQ(first[0].delivery, jobs[0].delivery.id);
  EXPECT_EQ(first[3].delivery, jobs[3].delivery.id);
  EXPECT_EQ(first[0].expires_at, jobs[0].delivery.expires_at);
  const auto second = due(jobs[0], 100, &first.back());
  ASSERT_EQ(second.size(), 6U);
  EXPECT_EQ(second[0].delivery, jobs[4].delivery.id);
  EXPECT_EQ(second[5].delivery, jobs[9].delivery.id);
}

TEST_P(WorkQueueTest, a_batch_is_named_so_that_it_can_be_paused) {
  NewNotification job = email_job(who, now());
  job.batch = BatchId::make(now());
  accepted(job);
  EXPECT_EQ(due(job).at(0).batch, job.batch);
}

TEST_P(WorkQueueTest, a_lease_gives_all_that_sending_needs) {
  NewNotification job = email_job(who, now());
  job.kind = KeyKind::test;
  job.priority = Priority::alert;
  job.reference = "rif";
  job.protocol = "prot";
  job.case_file = "fasc";
  job.attachments = {{"a.txt", "text/plain", 1, must(store().blobs().put(who.organisation, "a"))}};
  accepted(job);
  const RateState rate{provider, "second", 4.5, now()};
  const LeaseOrder order{job.delivery.id, AttemptId::make(now()), provider, false};
  const auto got = must(store().work().lease(worker, std::span(&order, 1), std::span(&rate, 1), now()));
  ASSERT_EQ(got.size(), 1U);
  const LeasedDelivery& l = got[0];
  EXPECT_EQ(l.attempt, order.attempt);
  EXPECT_EQ(l.provider, provider);
  EXPECT_EQ(l.delivery, job.delivery.id);
  EXPECT_EQ(l.notification, job.id);
  EXPECT_EQ(l.organisation, who.organisation);
  EXPECT_EQ(l.service, who.service);
  EXPECT_EQ(l.kind, KeyKind::test);
  EXPECT_EQ(l.priority, Priority::alert);
  EXPECT_EQ(l.template_version, job.template_version);
  EXPECT_EQ(l.language, "it");
  EXPECT_EQ(l.reference, "rif");
  EXPECT_EQ(l.protocol, "prot");
  EXPECT_EQ(l.case_file, "fasc");
  EXPECT_EQ(l.accepted_at, job.accepted_at);
  EXPECT_EQ(l.expires_at, job.delivery.expires_at);
  EXPECT_EQ(l.attempts_counted, 0U);
  EXPECT_EQ(l.content.recipient.addresses, job.recipient.addresses);
  EXPECT_EQ(l.content.data_json, job.data_json);
  EXPECT_EQ(l.content.attachments.size(), 1U);
  EXPECT_EQ(delivery(job).state.phase, Phase::leased);
  const auto rates = must(store().work().rates());
  ASSERT_EQ(rates.size(), 1U);
  EXPECT_EQ(rates[0].tokens, 4.5);
  EXPECT_TRUE(due(job).empty());
}

TEST_P(WorkQueueTest, a_row_is_leased_once) {
  const auto job = accepted();
  leased(job);
  const LeaseOrder again{job.delivery.id, AttemptId::make(now()), provider, true};
  EXPECT_TRUE(must(store().work().lease(worker, std::span(&again, 1), {}, now())).empty());
  EXPECT_EQ(delivery(job).attempts.size(), 1U);
}

TEST_P(WorkQueueTest, orders_for_what_is_unknown_early_or_expired_are_left_out) {
  NewNotification early = email_job(who, now());
  early.delivery.due_at = now() + 1h;
  accepted(early);
  NewNotification late = email_job(who, now());
  late.delivery.expires_at = now();
  accepted(late);
  const auto fine = accepted();
  const std::vector<LeaseOrder> orders{{early.delivery.id, AttemptId::make(now()), provider, true},
                                       {late.delivery.id, AttemptId::make(now()), provider, true},
                                       {DeliveryId::make(now()), AttemptId::make(now()), provider, true},
                                       {fine.delivery.id, AttemptId::make(now()), provider, true}};
  const auto got = must(store().work().lease(worker, orders, {}, now()));
  ASSERT_EQ(got.size(), 1U);
  EXPECT_EQ(got[0].delivery, fine.delivery.id);
}

TEST_P(WorkQueueTest, hand_over_is_marked_before_submit) {
  const auto job = accepted();
  const auto attempt = leased(job, false).attempt;
  EXPECT_FALSE(delivery(job).attempts.at(0).handed_over_at);
  clock.advance(1s);
  EXPECT_TRUE(must(store().work().hand_over(std::span(&attempt, 1), now())).empty());
  EXPECT_EQ(delivery(job).state.phase, Phase::handed_over);
  EXPECT_EQ(delivery(job).attempts.at(0).handed_over_at, now());
  const std::vector<AttemptId> twice{attempt, AttemptId::make(now())};
  EXPECT_EQ(must(store().work().hand_over(twice, now())), twice);
}

TEST_P(WorkQueueTest, sent_for_good_closes_everything) {
  const auto job = accepted();
  const auto attempt = leased(job).attempt;
  clock.advance(1s);
  EXPECT_EQ(recorded(attempt, sent_outcome(), verdict(Change::sent_final)), Recorded::applied);
  const auto v = view(job);
  EXPECT_EQ(v.summary.status, NotificationStatus::sent);
  EXPECT_EQ(v.summary.ended_at, now());
  EXPECT_EQ(v.steps[0].state, StepState::succeeded);
  const DeliveryView& d = v.steps[0].deliveries[0];
  EXPECT_EQ(d.state, (DeliveryState{Phase::closed, DeliveryResult::sent, false}));
  EXPECT_EQ(d.closed_at, now());
  EXPECT_EQ(d.attempts_counted, 1U);
  ASSERT_EQ(d.attempts.size(), 1U);
  EXPECT_EQ(d.attempts[0].outcome, OutcomeKind::sent);
  EXPECT_EQ(d.attempts[0].code, "smtp.250");
  EXPECT_EQ(d.attempts[0].ended_at, now());
  EXPECT_EQ(d.attempts[0].content_hash, std::string(32, 'h'));
  ASSERT_EQ(v.timeline.size(), 2U);
  EXPECT_EQ(v.timeline[1].kind, EventKind::outcome);
  EXPECT_EQ(v.timeline[1].status, NotificationStatus::sent);
  EXPECT_EQ(v.timeline[1].attempt, attempt);
  EXPECT_NE(v.timeline[1].data_json.find("\"smtp.250\""), std::string::npos);
  expect_books_balance();
}

TEST_P(WorkQueueTest, the_steps_behind_the_one_that_ended_are_skipped) {
  NewNotification job = email_job(who, now());
  NewStep fallback;
  fallback.id = StepId::make(now());
  fallback.position = 1;
  job.steps.push_back(fallback);
  accepted(job);
  recorded(leased(job).attempt, outcome_of(OutcomeKind::refused), verdict(Change::refuse));
  const auto v = view(job);
  EXPECT_EQ(v.steps[0].state, StepState::failed);
  EXPECT_EQ(v.steps[1].state, StepState::skipped);
  EXPECT_EQ(v.summary.status, NotificationStatus::refused);
}

TEST_P(WorkQueueTest, a_simulated_one_is_not_counted_as_sent) {
  const auto job = accepted();
  recorded(leased(job).attempt, sent_outcome(), verdict(Change::sent_simulated));
  EXPECT_EQ(status(job), NotificationStatus::simulated);
  for (const auto& [result, count] : must(store().ledger().books()).closed) EXPECT_EQ(count, result == DeliveryResult::simulated ? 1U : 0U);
}

TEST_P(WorkQueueTest, a_retry_waits_for_its_time_and_counts) {
  const auto job = accepted();
  EXPECT_EQ(recorded(leased(job).attempt, outcome_of(OutcomeKind::try_later), retry_at(now() + 5min)), Recorded::applied);
  EXPECT_EQ(delivery(job).state.phase, Phase::scheduled);
  EXPECT_EQ(delivery(job).due_at, now() + 5min);
  EXPECT_TRUE(due(job).empty());
  clock.advance(5min);
  ASSERT_EQ(due(job).size(), 1U);
  EXPECT_EQ(leased(job).attempts_counted, 1U);
  EXPECT_EQ(delivery(job).attempts.size(), 2U);
}

TEST_P(WorkQueueTest, a_throttle_does_not_cost_an_attempt) {
  const auto job = accepted();
  recorded(leased(job).attempt, outcome_of(OutcomeKind::try_later), retry_at(now(), false));
  EXPECT_EQ(leased(job).attempts_counted, 0U);
}

TEST_P(WorkQueueTest, a_release_gives_back_untouched) {
  const auto job = accepted();
  const Verdict v{Change::release, now(), {}, true};
  EXPECT_EQ(recorded(leased(job, false).attempt, outcome_of(OutcomeKind::try_later, "hub.stopping"), v), Recorded::applied);
  EXPECT_EQ(view(job).timeline.back().kind, EventKind::attempt_released);
  EXPECT_EQ(leased(job).attempts_counted, 0U);
}

TEST_P(WorkQueueTest, no_time_left_after_the_last_try_expires_it) {
  const auto job = accepted();
  EXPECT_EQ(recorded(leased(job).attempt, outcome_of(OutcomeKind::try_later), verdict(Change::expire)), Recorded::applied);
  EXPECT_EQ(status(job), NotificationStatus::expired);
  expect_books_balance();
}

TEST_P(WorkQueueTest, an_outcome_of_nobody_is_unknown) {
  EXPECT_EQ(recorded(AttemptId::make(now()), sent_outcome(), verdict(Change::sent_final)), Recorded::unknown);
}

TEST_P(WorkQueueTest, the_same_outcome_twice_moves_nothing) {
  const auto job = accepted();
  const auto attempt = leased(job).attempt;
  EXPECT_EQ(recorded(attempt, sent_outcome(), verdict(Change::sent_final)), Recorded::applied);
  EXPECT_EQ(recorded(attempt, outcome_of(OutcomeKind::refused), verdict(Change::refuse)), Recorded::appended);
  EXPECT_EQ(status(job), NotificationStatus::sent);
  EXPECT_EQ(delivery(job).attempts.at(0).outcome, OutcomeKind::sent);
  EXPECT_EQ(view(job).timeline.back().kind, EventKind::late_outcome);
  expect_books_balance();
}

TEST_P(WorkQueueTest, a_late_answer_settles_the_doubt) {
  const auto job = accepted();
  const auto attempt = leased(job).attempt;
  EXPECT_EQ(recorded(attempt, outcome_of(OutcomeKind::unknown), verdict(Change::doubt)), Recorded::applied);
  EXPECT_EQ(status(job), NotificationStatus::in_doubt);
  EXPECT_EQ(recorded(attempt, sent_outcome(), verdict(Change::sent_final)), Recorded::settled);
  EXPECT_EQ(status(job), NotificationStatus::sent);
  EXPECT_EQ(delivery(job).attempts.at(0).outcome, OutcomeKind::sent);
  expect_books_balance();
}

TEST_P(WorkQueueTest, a_late_not_taken_makes_the_doubtful_due_again) {
  const auto job = accepted();
  const auto attempt = leased(job).attempt;
  Verdict doubt = verdict(Change::doubt);
  doubt.deadline = now() + 1h;
  recorded(attempt, outcome_of(OutcomeKind::unknown), doubt);
  EXPECT_EQ(recorded(attempt, outcome_of(OutcomeKind::try_later), retry_at(now() + 1min)), Recorded::settled);
  clock.advance(2h);
  EXPECT_EQ(must(store().timers().fire(now(), 10)), 0U);  // the doubt's deadline went with the doubt
  EXPECT_EQ(due(job).size(), 1U);
}

TEST_P(WorkQueueTest, sent_after_all_keeps_it_from_being_sent_again) {
  const auto job = accepted();
  const auto lost = leased(job).attempt;
  const Worker reborn{"node-1", BootId::make(now())};
  must(store().work().recover(
      reborn, [](ProviderId) { return OnDoubt::resend; }, now()));
  EXPECT_EQ(due(job).size(), 1U);
  EXPECT_EQ(recorded(lost, sent_outcome(), verdict(Change::sent_final)), Recorded::settled);
  EXPECT_EQ(status(job), NotificationStatus::sent);
  EXPECT_TRUE(due(job).empty());
  expect_books_balance();
}

TEST_P(WorkQueueTest, sent_after_all_stops_a_lease_that_is_not_handed_over_yet) {
  const auto job = accepted();
  const auto lost = leased(job).attempt;
  worker.boot = BootId::make(now());
  must(store().work().recover(
      worker, [](ProviderId) { return OnDoubt::resend; }, now()));
  const auto second = leased(job, false).attempt;
  EXPECT_EQ(recorded(lost, sent_outcome(), verdict(Change::sent_final)), Recorded::settled);
  EXPECT_EQ(must(store().work().hand_over(std::span(&second, 1), now())), std::vector{second});
  EXPECT_EQ(recorded(second, outcome_of(OutcomeKind::try_later, "hub.stopping"), Verdict{Change::release, now(), {}, true}),
            Recorded::appended);
  EXPECT_EQ(status(job), NotificationStatus::sent);
  expect_books_balance();
}

TEST_P(WorkQueueTest, once_the_second_is_handed_over_the_first_only_appends) {
  const auto job = accepted();
  const auto lost = leased(job).attempt;
  worker.boot = BootId::make(now());
  must(store().work().recover(
      worker, [](ProviderId) { return OnDoubt::resend; }, now()));
  const auto second = leased(job).attempt;
  EXPECT_EQ(recorded(lost, sent_outcome(), verdict(Change::sent_final)), Recorded::appended);
  EXPECT_EQ(recorded(second, sent_outcome(), verdict(Change::sent_final)), Recorded::applied);
  expect_books_balance();
}

TEST_P(WorkQueueTest, silence_after_its_deadline_closes_without_an_outcome) {
  const auto job = accepted();
  Verdict awaiting = verdict(Change::sent_awaiting);
  awaiting.deadline = now() + 24h;
  recorded(leased(job).attempt, outcome_of(OutcomeKind::pending), awaiting);
  EXPECT_EQ(status(job), NotificationStatus::awaiting_receipt);
  clock.advance(24h - 1s);
  EXPECT_EQ(must(store().timers().fire(now(), 10)), 0U);
  clock.advance(1s);
  EXPECT_EQ(must(store().timers().due(now(), 10)).size(), 1U);
  EXPECT_EQ(must(store().timers().fire(now(), 10)), 1U);
  EXPECT_EQ(status(job), NotificationStatus::no_outcome);
  EXPECT_EQ(view(job).timeline.back().kind, EventKind::closed);
  EXPECT_TRUE(must(store().timers().due(now(), 10)).empty());
  expect_books_balance();
}

TEST_P(WorkQueueTest, a_timer_is_one_per_kind_and_subject) {
  const Uuid subject = make_uuid_v7(now());
  must(store().timers().set({TimerKind::step_deadline, subject, now() + 1h}));
  must(store().timers().set({TimerKind::step_deadline, subject, now()}));
  const auto due_timers = must(store().timers().due(now(), 10));
  ASSERT_EQ(due_timers.size(), 1U);
  EXPECT_EQ(due_timers[0].subject, subject);
  EXPECT_EQ(must(store().timers().fire(now(), 10)), 0U);  // steps' deadlines belong to the plan
  must(store().timers().clear(TimerKind::step_deadline, subject));
  EXPECT_TRUE(must(store().timers().due(now(), 10)).empty());
}

TEST_P(WorkQueueTest, what_nobody_leases_expires_all_the_same) {
  std::vector<NewNotification> jobs;
  for (int i = 0; i < 5; ++i) {
    NewNotification job = email_job(who, now());
    job.delivery.expires_at = now() + std::chrono::minutes{i};
    jobs.push_back(accepted(job));
  }
  clock.advance(3min);
  EXPECT_EQ(must(store().work().expire(now(), 2)), 2U);
  EXPECT_EQ(must(store().work().expire(now(), 100)), 2U);
  EXPECT_EQ(must(store().work().expire(now(), 100)), 0U);
  EXPECT_EQ(status(jobs[3]), NotificationStatus::expired);
  EXPECT_EQ(view(jobs[3]).timeline.back().kind, EventKind::expired);
  EXPECT_EQ(status(jobs[4]), NotificationStatus::queued);
  expect_books_balance();
}

TEST_P(WorkQueueTest, expiry_leaves_what_is_in_hand) {
  const auto job = accepted();
  const auto attempt = leased(job).attempt;
  clock.advance(100h);
  EXPECT_EQ(must(store().work().expire(now(), 100)), 0U);
  EXPECT_EQ(recorded(attempt, sent_outcome(), verdict(Change::sent_final)), Recorded::applied);
}

TEST_P(WorkQueueTest, a_checkpoint_comes_back_until_the_attempt_ends) {
  const auto job = accepted();
  const auto attempt = leased(job).attempt;
  EXPECT_EQ(must(store().work().checkpointed(attempt)), "");
  must(store().work().checkpoint(attempt, "preloaded"));
  must(store().work().checkpoint(attempt, std::string("up\0loaded", 9)));
  EXPECT_EQ(must(store().work().checkpointed(attempt)), std::string("up\0loaded", 9));
  EXPECT_EQ(code_of(store().work().checkpointed(AttemptId::make(now()))), "attempt_not_found");
  EXPECT_EQ(store().work().checkpoint(attempt, std::string(64 * 1024 + 1, 'x')).error().kind, ErrorKind::too_large);
  recorded(attempt, sent_outcome(), verdict(Change::sent_final));
  EXPECT_EQ(store().work().checkpoint(attempt, "x").error().code, "attempt_not_found");
  EXPECT_EQ(must(store().work().checkpointed(attempt)), "");
}

TEST_P(WorkQueueTest, after_the_clock_was_set_back_what_was_due_is_due_and_retries_wait_as_long_as_was_left) {
  const auto fresh = accepted();
  auto planned = email_job(who, now());
  planned.send_at = planned.delivery.due_at = now() + 10min;
  planned.delivery.expires_at = now() + 24h;
  accepted(planned);
  const auto retried = accepted(), soon = accepted();
  recorded(leased(retried).attempt, outcome_of(OutcomeKind::try_later), retry_at(now() + 5min));
  recorded(leased(soon).attempt, outcome_of(OutcomeKind::try_later), retry_at(now()));
  const Instant was = now() + 2min;
  clock.advance(2min);
  clock.step_wall(-1h);
  const auto lanes = [&] { return must(store().work().lanes("email", now())).size(); };
  EXPECT_EQ(lanes(), 0U);
  EXPECT_EQ(must(store().work().clock_set_back(was, now())), 3U);
  ASSERT_EQ(lanes(), 1U);
  const auto due = [&] {
    std::vector<DeliveryId> out;
    for (const auto& row : must(store().work().due(must(store().work().lanes("email", now())).at(0).lane, now(), 10))) {
      out.push_back(row.delivery);
    }
    std::ranges::sort(out);
    return out;
  };
  const auto in_order = [](std::vector<DeliveryId> ids) {
    std::ranges::sort(ids);
    return ids;
  };
  EXPECT_EQ(due(), in_order({fresh.delivery.id, soon.delivery.id}));
  clock.advance(3min);
  EXPECT_EQ(due(), in_order({fresh.delivery.id, soon.delivery.id, retried.delivery.id})) << "three of its five minutes were left";
  EXPECT_EQ(delivery(planned).due_at, *planned.send_at) << "not before the time its sender chose";
  EXPECT_EQ(must(store().work().clock_set_back(now(), now())), 0U);
  expect_books_balance();
}

TEST_P(WorkQueueTest, more_rows_than_one_step_takes_are_set_back_each_once) {
  std::vector<NewNotification> jobs;
  for (int i = 0; i < 1'200; ++i) jobs.push_back(accepted());
  const Instant was = now();
  clock.step_wall(-1h);
  EXPECT_EQ(must(store().work().clock_set_back(was, now())), jobs.size());
  const auto lanes = must(store().work().lanes("email", now()));
  ASSERT_EQ(lanes.size(), 1U);
  EXPECT_EQ(lanes[0].oldest_due, now());
  EXPECT_EQ(must(store().work().due(lanes[0].lane, now(), 2'000)).size(), jobs.size());
}

TEST_P(WorkQueueTest, four_workers_share_the_work_without_overlap) {
  std::vector<NewNotification> jobs;
  for (int i = 0; i < 200; ++i) jobs.push_back(accepted());
  std::mutex mutex;
  std::vector<DeliveryId> taken;
  std::vector<std::thread> workers;
  for (int w = 0; w < 4; ++w) {
    workers.emplace_back([&] {
      std::vector<LeaseOrder> orders;
      for (const auto& job : jobs) orders.push_back({job.delivery.id, AttemptId::make(now()), provider, true});
      for (std::size_t at = 0; at < orders.size(); at += 20) {
        const auto got = store().work().lease(worker, std::span(orders).subspan(at, 20), {}, now());
        const std::scoped_lock hold(mutex);
        for (const auto& l : *got) taken.push_back(l.delivery);
      }
    });
  }
  for (auto& w : workers) w.join();
  EXPECT_EQ(taken.size(), 200U);
  std::ranges::sort(taken);
  EXPECT_EQ(std::ranges::adjacent_find(taken), taken.end());
  expect_books_balance();
}

MESSO_EACH_ENGINE(WorkQueueTest);

}  // namespace
}  // namespace messo::testing
