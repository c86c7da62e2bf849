// Queries, events, figures, retention, erasure, and who may see what.
#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

class LedgerTest : public StoreTest {
 protected:
  ListPage list(ListQuery query) { return must(store().ledger().list(query)); }
  Visibility mine() const { return {who.organisation, who.service}; }
  Erased erased(std::string_view address) { return must(store().ledger().erase_person(who.organisation, some_hmac(address), now())); }
};

std::vector<NotificationId> ids(const ListPage& page) {
  std::vector<NotificationId> out;
  for (const auto& item : page.items) out.push_back(item.id);
  return out;
}

TEST_P(LedgerTest, another_service_or_organisation_sees_nothing) {
  const auto job = accepted();
  Sending other;
  other.organisation = OrganisationId::make(now());
  other.service = ServiceId::make(now());
  for (const Visibility& v : {Visibility{other.organisation, {}}, Visibility{{}, other.service},
                              Visibility{who.organisation, other.service}, Visibility{other.organisation, who.service}}) {
    EXPECT_EQ(code_of(store().ledger().find(v, job.id)), "notification_not_found");
    ListQuery query;
    query.visibility = v;
    EXPECT_TRUE(list(query).items.empty());
    query.address_hmac = job.delivery.address_hmac;
    EXPECT_TRUE(list(query).items.empty());
    EXPECT_TRUE(must(store().ledger().events_after(0, 100, v)).empty());
  }
  EXPECT_EQ(code_of(store().ledger().find({}, NotificationId::make(now()))), "notification_not_found");
  EXPECT_TRUE(store().ledger().find(mine(), job.id));
}

TEST_P(LedgerTest, lists_are_newest_first_and_paged_without_gaps) {
  std::vector<NotificationId> newest_first;
  Sending neighbour = who;
  neighbour.service = ServiceId::make(now());
  for (int i = 0; i < 25; ++i) newest_first.insert(newest_first.begin(), accepted(email_job(i % 3 == 0 ? neighbour : who, now())).id);
  std::vector<NotificationId> seen;
  ListQuery query;
  query.visibility.organisation = who.organisation;
  query.limit = 10;
  for (;;) {
    const ListPage page = list(query);
    for (const auto& id : ids(page)) seen.push_back(id);
    EXPECT_EQ(page.more, seen.size() < 25U);
    if (!page.more) break;
    query.before = seen.back();
  }
  EXPECT_EQ(seen, newest_first);
  query = {};
  query.limit = 500;
  EXPECT_EQ(ids(list(query)), newest_first);
  query.visibility = {{}, neighbour.service};
  EXPECT_EQ(list(query).items.size(), 9U);
}

TEST_P(LedgerTest, lists_filter_by_everything_asked) {
  NewNotification a = email_job(who, now());
  a.reference = "pratica-1";
  accepted(a);
  clock.advance(1h);
  NewNotification b = email_job(who, now(), "bruno@example.org");
  b.reference = "pratica-2";
  b.template_key = "promemoria";
  accepted(b);
  recorded(leased(b).attempt, outcome_of(OutcomeKind::refused), verdict(Change::refuse));
  ListQuery query;
  query.visibility = mine();
  const auto only = [&](ListQuery q, const NewNotification& job) { EXPECT_EQ(ids(list(q)), std::vector{job.id}); };
  ListQuery q = query;
  q.reference = "pratica-1";
  only(q, a);
  q = query;
  q.reference = "pratica-3";
  EXPECT_TRUE(list(q).items.empty());
  q = query;
  q.status = NotificationStatus::refused;
  only(q, b);
  q.status = NotificationStatus::queued;
  only(q, a);
  q = query;
  q.template_key = "promemoria";
  only(q, b);
  q = query;
  q.from = now();
  only(q, b);
  q = query;
  q.to = now();
  only(q, a);
  q = query;
  q.address_hmac = some_hmac("bruno@example.org");
  only(q, b);
  q.visibility = {who.organisation, {}};
  only(q, b);
  q.status = NotificationStatus::queued;
  EXPECT_TRUE(list(q).items.empty());
}

TEST_P(LedgerTest, events_come_in_commit_order_and_a_reader_misses_none) {
  std::vector<NewNotification> jobs;
  for (int i = 0; i < 5; ++i) jobs.push_back(accepted());
  for (const auto& job : jobs) recorded(leased(job).attempt, sent_outcome(), verdict(Change::sent_final));
  std::vector<Event> all;
  std::int64_t position = 0;
  for (;;) {
    const auto page = must(store().ledger().events_after(position, 3, {}));
    if (page.empty()) break;
    for (const Event& e : page) {
      EXPECT_GT(e.position, position);
      position = e.position;
      all.push_back(e);
    }
  }
  ASSERT_EQ(all.size(), 10U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(all[i].notification, jobs[i].id);
    EXPECT_EQ(all[i].sequence, 1U);
    EXPECT_EQ(all[5 + i].notification, jobs[i].id);
    EXPECT_EQ(all[5 + i].sequence, 2U);
    EXPECT_EQ(all[5 + i].status, NotificationStatus::sent);
    EXPECT_EQ(all[5 + i].service, who.service);
  }
}

TEST_P(LedgerTest, depth_is_told_by_pool_and_priority) {
  NewNotification urgent = email_job(who, now());
  urgent.priority = Priority::urgent;
  accepted(urgent);
  accepted();
  NewNotification later = email_job(who, now());
  later.delivery.due_at = now() + 1h;
  accepted(later);
  clock.advance(10s);
  const auto in_hand = accepted();
  leased(in_hand);
  const auto depths = must(store().ledger().depths(now()));
  ASSERT_EQ(depths.size(), 2U);
  EXPECT_EQ(depths[0].priority, Priority::urgent);
  EXPECT_EQ(depths[0].waiting, 1U);
  EXPECT_EQ(depths[1].waiting, 2U);
  EXPECT_EQ(depths[1].in_hand, 1U);
  EXPECT_EQ(depths[1].oldest_due, now() - 10s);
  expect_books_balance();
}

TEST_P(LedgerTest, content_goes_first_then_the_ledger_and_legal_ones_last) {
  const auto courtesy = sent(email_job(who, now()), {{"message_id", "m1", 0}});
  NewNotification act = email_job(who, now());
  act.template_class = TemplateClass::legal;
  sent(act);
  const auto waiting = accepted();
  const Retention kept;
  EXPECT_EQ(must(store().ledger().prune(kept, now(), 100)).contents, 0U);
  clock.advance(kept.content - 1h);
  EXPECT_EQ(must(store().ledger().prune(kept, now(), 100)).contents, 0U);
  clock.advance(1h);
  EXPECT_EQ(must(store().ledger().prune(kept, now(), 100)).contents, 2U);
  EXPECT_FALSE(view(courtesy).content);
  EXPECT_FALSE(view(courtesy).timeline.empty());
  EXPECT_TRUE(view(waiting).content);  // unsent work is never touched

  clock.advance(kept.ledger);
  EXPECT_EQ(must(store().ledger().prune(kept, now(), 100)).notifications, 1U);
  EXPECT_EQ(code_of(store().ledger().find({}, courtesy.id)), "notification_not_found");
  EXPECT_TRUE(store().ledger().find({}, act.id));
  EXPECT_TRUE(store().ledger().find({}, waiting.id));
  for (const Event& e : must(store().ledger().events_after(0, 100, {}))) EXPECT_NE(e.notification, courtesy.id);

  clock.advance(kept.legal);
  EXPECT_EQ(must(store().ledger().prune(kept, now(), 100)).notifications, 1U);
  EXPECT_EQ(must(store().ledger().prune(kept, now(), 100)).notifications, 0U);
  EXPECT_TRUE(store().ledger().find({}, waiting.id));
  EXPECT_EQ(must(store().ledger().books()).accepted, 3U);  // the books count for ever
  expect_books_balance();
}

TEST_P(LedgerTest, pruning_a_little_at_a_time_comes_to_an_end) {
  for (int i = 0; i < 25; ++i) {
    NewNotification job = email_job(who, now());
    if (i % 5 == 0) job.template_class = TemplateClass::legal;
    sent(job);
  }
  clock.advance(Retention{}.ledger);
  std::uint64_t notifications = 0, contents = 0;
  int rounds = 0;
  for (;; ++rounds) {
    const auto pruned = must(store().ledger().prune({}, now(), 4));
    notifications += pruned.notifications;
    contents += pruned.contents;
    EXPECT_LE(pruned.notifications + pruned.contents, 4U);
    if (pruned.notifications + pruned.contents == 0 || rounds > 50) break;
  }
  EXPECT_EQ(notifications, 20U);
  EXPECT_GE(contents, 5U);
  EXPECT_LT(rounds, 50);
}

TEST_P(LedgerTest, old_idempotency_keys_are_pruned) {
  NewNotification job = email_job(who, now());
  job.idempotency = IdempotencyKey{"k", sha256("b")};
  accepted(job);
  clock.advance(std::chrono::hours{24 * 7} - 1s);
  EXPECT_EQ(must(store().ledger().prune({}, now(), 100)).idempotency_keys, 0U);
  clock.advance(1s);
  EXPECT_EQ(must(store().ledger().prune({}, now(), 100)).idempotency_keys, 1U);
}

TEST_P(LedgerTest, a_key_used_anew_after_its_week_does_not_hold_up_the_others) {
  const auto with_key = [&](std::string key) {
    NewNotification job = email_job(who, now());
    job.idempotency = IdempotencyKey{std::move(key), sha256("b")};
    return accepted(job);
  };
  with_key("nightly");
  for (int i = 0; i < 5; ++i) with_key("once-" + std::to_string(i));
  clock.advance(std::chrono::hours{24 * 8});
  const auto renewed = with_key("nightly");
  EXPECT_EQ(must(store().ledger().prune({}, now(), 3)).idempotency_keys, 3U);
  EXPECT_EQ(must(store().ledger().prune({}, now(), 3)).idempotency_keys, 2U);
  EXPECT_EQ(must(store().ledger().prune({}, now(), 3)).idempotency_keys, 0U);
  EXPECT_EQ(must(store().intake().find_idempotent(who.service, "nightly"))->id, renewed.id);
}

TEST_P(LedgerTest, a_person_is_erased_and_the_ledger_stays) {
  const auto ended = sent(email_job(who, now(), "anna@example.org"));
  const auto open = accepted(email_job(who, now(), "anna@example.org"));
  const auto somebody = sent(email_job(who, now(), "bruno@example.org"));
  EXPECT_EQ(must(store().ledger().erase_person(OrganisationId::make(now()), some_hmac("anna@example.org"), now())).erased, 0U);
  EXPECT_EQ(erased("anna@example.org").erased, 2U);
  EXPECT_FALSE(view(ended).content);
  EXPECT_EQ(view(ended).timeline.size(), 2U);
  EXPECT_FALSE(view(open).content);
  EXPECT_TRUE(view(somebody).content);
  EXPECT_EQ(erased("anna@example.org").erased, 0U);
}

TEST_P(LedgerTest, what_an_erased_person_had_still_to_get_is_withdrawn_with_an_event) {
  NewNotification later = email_job(who, now(), "anna@example.org");
  later.delivery.due_at = now() + 24h;
  accepted(later);
  const auto between_two_attempts = accepted(email_job(who, now(), "anna@example.org"));
  recorded(leased(between_two_attempts).attempt, outcome_of(OutcomeKind::try_later), retry_at(now() + 1min));
  const Erased done = erased("anna@example.org");
  EXPECT_EQ(done.erased, 2U);
  EXPECT_EQ(done.cancelled, 2U);
  EXPECT_EQ(done.left, 0U);
  for (const auto& job : {later, between_two_attempts}) {
    EXPECT_EQ(status(job), NotificationStatus::cancelled);
    EXPECT_EQ(view(job).summary.ended_at, now());
    EXPECT_EQ(view(job).timeline.back().kind, EventKind::cancelled);
    EXPECT_FALSE(view(job).content);
  }
  clock.advance(25h);
  EXPECT_TRUE(must(store().work().lanes("email", now())).empty());
  expect_books_balance();
}

TEST_P(LedgerTest, what_is_on_its_way_to_an_erased_person_is_told_and_erased_once_it_has_ended) {
  const auto with_provider = accepted(email_job(who, now(), "anna@example.org"));
  const auto attempt = leased(with_provider).attempt;
  const auto awaiting = accepted(email_job(who, now(), "anna@example.org"));
  Verdict later = verdict(Change::sent_awaiting);
  later.deadline = now() + 1h;
  recorded(leased(awaiting).attempt, sent_outcome(), later);
  const Erased first = erased("anna@example.org");
  EXPECT_EQ(first.erased, 0U);
  EXPECT_EQ(first.left, 2U);
  EXPECT_TRUE(view(with_provider).content);

  recorded(attempt, sent_outcome(), verdict(Change::sent_final));
  clock.advance(2h);
  must(store().timers().fire(now(), 10));
  const Erased second = erased("anna@example.org");
  EXPECT_EQ(second.erased, 2U);
  EXPECT_EQ(second.cancelled, 0U);
  EXPECT_EQ(second.left, 0U);
  EXPECT_EQ(status(with_provider), NotificationStatus::sent);
}

TEST_P(LedgerTest, a_legal_notice_is_not_withdrawn_in_passing) {
  NewNotification notice = email_job(who, now(), "anna@example.org");
  notice.template_class = TemplateClass::legal;
  accepted(notice);
  EXPECT_EQ(erased("anna@example.org").left, 1U);
  EXPECT_EQ(leased(notice).content.recipient.name, "Anna Rossi");
}

TEST_P(LedgerTest, a_person_with_a_long_history_is_erased_whole) {
  std::vector<NewNotification> jobs;
  for (int i = 0; i < 150; ++i) jobs.push_back(email_job(who, now(), "anna@example.org"));
  for (const auto& answer : store().intake().accept_many(jobs)) EXPECT_TRUE(answer);
  EXPECT_EQ(erased("anna@example.org").cancelled, 150U);
  EXPECT_EQ(must(store().ledger().books()).open, 0U);
  expect_books_balance();
}

MESSO_EACH_ENGINE(LedgerTest);

}  // namespace
}  // namespace messo::testing
