// The same random story (MESSO_STORIES of them, 6 by default) told to every engine must leave the same views and balanced books.
#include <cstdlib>
#include <random>
#include <set>

#include "conformance/store/store_fixture.hpp"

namespace messo::testing {
namespace {

// A view with everything that may differ between two runs (nothing but positions and receipts' own ids) left out.
std::string text_of(const NotificationView& v) {
  std::string out = std::string(to_string(v.summary.status)) + (v.summary.ended_at ? " ended " + to_rfc3339(*v.summary.ended_at) : "");
  out += v.content ? " content:" + v.content->data_json : " no content";
  for (const StepView& s : v.steps) {
    out += "\n step " + std::to_string(s.position) + " " + std::string(to_string(s.state));
    for (const DeliveryView& d : s.deliveries) {
      out += "\n  delivery " + std::string(to_string(d.state.phase)) + " " + std::string(to_string(d.state.result)) +
             (d.state.disputed ? " disputed" : "") + " due " + to_rfc3339(d.due_at) + " counted " + std::to_string(d.attempts_counted) +
             (d.closed_at ? " closed " + to_rfc3339(*d.closed_at) : "");
      for (const Milestone m : d.milestones) out += " " + std::string(to_string(m));
      for (const AttemptView& a : d.attempts) {
        out += "\n   attempt " + a.id.to_string() + " " + (a.outcome ? std::string(to_string(*a.outcome)) : "-") + " " + a.code +
               (a.handed_over_at ? " handed " + to_rfc3339(*a.handed_over_at) : "") +
               (a.ended_at ? " ended " + to_rfc3339(*a.ended_at) : "");
      }
    }
  }
  for (const Event& e : v.timeline) {
    out += "\n " + std::to_string(e.sequence) + " " + std::string(to_string(e.kind)) + " " + std::string(to_string(e.status)) + " " +
           to_rfc3339(e.at) + " " + e.data_json;
  }
  return out;
}

std::string text_of(const Ledger::Books& books) {
  std::string out = "accepted " + std::to_string(books.accepted) + " open " + std::to_string(books.open);
  for (const auto& [result, count] : books.closed) out += " " + std::string(to_string(result)) + " " + std::to_string(count);
  return out;
}

// One random story, told step by step to both stores; every answer must be the same.
class Story {
 public:
  Story(unsigned seed, Store& a, Store& b, ManualClock& clock) : random_(seed), stores_{&a, &b}, clock_(clock) {}

  void step() {
    clock_.advance(Millis{pick(5000)});
    switch (pick(14)) {
      case 0:
      case 1:
      case 2: accept(); break;
      case 3:
      case 4:
      case 5: lease(); break;
      case 6: hand_over(); break;
      case 7:
      case 8: record(); break;
      case 9: receipt(); break;
      case 10: cancel(); break;
      case 11: passing_time(); break;
      case 12: keep(); break;
      case 13: suppress(); break;
    }
  }

  void compare() {
    for (const NewNotification& job : jobs_) {
      EXPECT_EQ(text_of(must(stores_[0]->ledger().find({}, job.id))), text_of(must(stores_[1]->ledger().find({}, job.id))));
    }
    EXPECT_EQ(suppressions(*stores_[0]), suppressions(*stores_[1]));
    const auto books = must(stores_[0]->ledger().books());
    EXPECT_EQ(text_of(books), text_of(must(stores_[1]->ledger().books())));
    std::uint64_t closed = 0;
    for (const auto& [result, count] : books.closed) closed += count;
    EXPECT_EQ(books.accepted, books.open + closed);
    const auto events = must(stores_[0]->ledger().events_after(0, 100'000, {}));
    EXPECT_EQ(events.size(), must(stores_[1]->ledger().events_after(0, 100'000, {})).size());
  }

 private:
  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }
  bool chance(unsigned percent) { return pick(100) < percent; }
  template <class F>
  void both(F&& ask) {
    EXPECT_EQ(ask(*stores_[0]), ask(*stores_[1]));
  }

  void accept() {
    Sending who = who_;
    if (chance(30)) who.service = other_service_;
    NewNotification job = email_job(who, clock_.now(), some_address());
    if (chance(20)) job.template_class = TemplateClass::legal;
    job.priority = static_cast<Priority>(pick(4));
    if (chance(20)) job.delivery.due_at = clock_.now() + Millis{pick(100'000)};
    if (chance(20)) job.delivery.expires_at = clock_.now() + Millis{pick(60'000)};
    if (chance(20)) job.idempotency = IdempotencyKey{"key" + std::to_string(pick(5)), sha256(std::to_string(pick(2)))};
    if (chance(30)) {
      NewStep second;
      second.id = StepId::make(clock_.now());
      second.position = 1;
      job.steps.push_back(second);
    }
    bool stored = false;
    both([&](Store& s) {
      const auto answer = s.intake().accept(job);
      stored = answer && !answer->duplicate;
      return answer ? answer->id.to_string() : answer.error().code;
    });
    if (stored) jobs_.push_back(job);
  }

  void lease() {
    std::vector<LeaseOrder> orders;
    for (const LaneHead& head : must(stores_[0]->work().lanes("email", clock_.now()))) {
      for (const DueDelivery& d : must(stores_[0]->work().due(head.lane, clock_.now(), 3))) {
        orders.push_back({d.delivery, AttemptId::make(clock_.now()), providers_[pick(2)], chance(50)});
      }
    }
    both([&](Store& s) {
      std::string out;
      for (const LaneHead& head : must(s.work().lanes("email", clock_.now())))
        out += to_rfc3339(head.oldest_due) + head.lane.service.to_string();
      for (const LeasedDelivery& l : must(s.work().lease(worker_, orders, {}, clock_.now()))) {
        out += l.attempt.to_string() + std::to_string(l.attempts_counted);
      }
      return out;
    });
    for (const LeaseOrder& o : orders) attempts_.push_back(o.attempt);
  }

  void hand_over() {
    std::vector<AttemptId> some;
    for (int i = 0; i < 5 && !attempts_.empty(); ++i) some.push_back(attempts_[pick(attempts_.size())]);
    both([&](Store& s) { return must(s.work().hand_over(some, clock_.now())); });
  }

  void record() {
    static constexpr Change kVerdicts[] = {Change::sent_final, Change::sent_simulated, Change::sent_awaiting,
                                           Change::refuse,     Change::retry,          Change::release,
                                           Change::doubt,      Change::expire,         Change::suppress};
    std::vector<OutcomeRecord> records;
    for (int i = 0; i < 4 && !attempts_.empty(); ++i) {
      OutcomeRecord r;
      r.attempt = attempts_[chance(80) ? attempts_.size() - 1 - pick(std::min<std::size_t>(attempts_.size(), 8)) : pick(attempts_.size())];
      r.outcome.kind = static_cast<OutcomeKind>(1 + pick(5));
      r.outcome.code = "code" + std::to_string(pick(9));
      for (std::size_t n = pick(3); n > 0; --n) {
        r.outcome.references.push_back({"id", "ref" + std::to_string(pick(40)), static_cast<std::uint32_t>(pick(2))});
      }
      r.verdict.change = kVerdicts[pick(std::size(kVerdicts))];
      r.verdict.due_at = clock_.now() + Millis{pick(20'000)};
      if (chance(50)) r.verdict.deadline = clock_.now() + Millis{pick(40'000)};
      r.verdict.counts = chance(80);
      r.at = clock_.now();
      records.push_back(std::move(r));
    }
    both([&](Store& s) {
      std::string out;
      for (const Recorded r : must(s.work().record(records))) out += std::to_string(static_cast<int>(r));
      return out;
    });
  }

  void receipt() {
    Receipt r;
    r.dedupe_key = "dedupe" + std::to_string(pick(60));
    r.references = {{"id", "ref" + std::to_string(pick(40)), 0}};
    r.kind = static_cast<ReceiptKind>(1 + pick(3));
    if (r.kind == ReceiptKind::milestone) r.milestone = static_cast<Milestone>(1 + pick(5));
    r.verification = chance(80) ? Verification::valid : Verification::untrusted;
    r.at = clock_.now();
    if (chance(20)) r.scope = OutcomeScope::destination;
    if (chance(30)) r.learned = {{"id", "ref" + std::to_string(pick(40)), 0}};
    const ProviderId provider = providers_[pick(2)];
    both([&](Store& s) {
      const auto got = must(s.receipts().record(provider, std::span(&r, 1), nullptr, {}, clock_.now()));
      return std::tuple(got.at(0).duplicate, got.at(0).changed, got.at(0).delivery);
    });
  }

  void keep() {
    if (attempts_.empty()) return;
    const AttemptId attempt = attempts_[attempts_.size() - 1 - pick(std::min<std::size_t>(attempts_.size(), 8))];
    const std::vector<Reference> references{{"id", "ref" + std::to_string(pick(40)), 0}};
    const BlobId bytes{sha256(std::to_string(pick(3)))};
    both([&](Store& s) {
      const auto kept = s.evidence().keep(attempt, bytes, 1, references, clock_.now());
      return kept ? std::string("kept") : kept.error().code;
    });
  }

  // Many, so that most are not suppressed.
  std::string some_address() { return "citizen" + std::to_string(pick(25)) + "@example.org"; }
  // Adds one, or removes whichever there is; the stores give their own ids to those they make.
  void suppress() {
    Suppression one;
    one.id = SuppressionId::make(clock_.now());
    one.organisation = who_.organisation;
    one.address = some_address();
    one.address_hmac = some_hmac(one.address);
    one.since = clock_.now();
    const bool add = chance(30);
    both([&](Store& s) {
      if (add) return must(s.suppressions().add(one, {"test", "added"})).added;
      const auto found = must(s.suppressions().find(one.organisation, one.address_hmac));
      if (found) must(s.suppressions().remove(found->id, one.organisation, {"test", "removed"}, clock_.now()));
      return found.has_value();
    });
  }
  static std::set<std::string> suppressions(Store& store) {
    std::set<std::string> out;
    for (const Suppression& one : must(store.suppressions().list({.limit = 500})).items)
      out.insert(one.address + ' ' + std::string(to_string(one.source)) + ' ' + one.reason + ' ' + to_rfc3339(one.since));
    return out;
  }

  void cancel() {
    if (jobs_.empty()) return;
    const NewNotification& job = jobs_[pick(jobs_.size())];
    both([&](Store& s) {
      const auto answer = s.intake().cancel(who_.service, job.id, clock_.now());
      return answer ? std::string(to_string(*answer)) : answer.error().code;
    });
  }

  void passing_time() {
    switch (pick(4)) {
      case 0: both([&](Store& s) { return must(s.work().expire(clock_.now(), 100)); }); break;
      case 1: both([&](Store& s) { return must(s.timers().fire(clock_.now(), 100)); }); break;
      case 2:
        worker_.boot = BootId::make(clock_.now());
        both([&](Store& s) {
          const auto r = must(s.work().recover(
              worker_, [&](ProviderId p) { return p == providers_[0] ? OnDoubt::resend : OnDoubt::hold; }, clock_.now()));
          return std::tuple(r.released, r.resent, r.in_doubt, r.poisonous, r.accepted);
        });
        break;
      case 3: both([&](Store& s) { return must(s.work().next_due("email", clock_.now())); }); break;
    }
  }

  std::mt19937 random_;
  std::array<Store*, 2> stores_;
  ManualClock& clock_;
  Sending who_;
  ServiceId other_service_ = ServiceId::make(from_unix_ms(2));
  Worker worker_{"node-1", BootId::make(from_unix_ms(1))};
  std::array<ProviderId, 2> providers_{ProviderId::make(from_unix_ms(1)), ProviderId::make(from_unix_ms(1))};
  std::vector<NewNotification> jobs_;
  std::vector<AttemptId> attempts_;
};

TEST(EnginesAgree, on_every_random_story) {
  const char* asked = std::getenv("MESSO_STORIES");
  const unsigned stories = asked ? static_cast<unsigned>(std::strtoul(asked, nullptr, 10)) : 6;
  for (unsigned seed = 1; seed <= stories; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    ManualClock clock;
    OpenStore memory(Engine::memory, clock);
    OpenStore sqlite(Engine::sqlite, clock);
    Story story(seed, *memory.store, *sqlite.store, clock);
    for (int i = 0; i < 250 && !::testing::Test::HasFailure(); ++i) story.step();
    story.compare();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace messo::testing
