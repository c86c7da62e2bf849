// A store in front of another one, whose work queue fails when told to: a full disk, a defect.
#pragma once
#include <atomic>

#include "store/store.hpp"

namespace messo::testing {

class FlakyWork final : public WorkQueue {
 public:
  explicit FlakyWork(WorkQueue& inner) : inner_(inner) {}

  std::atomic<bool> writes_fail{false};  // `unavailable`, as with a full disk
  std::atomic<bool> reads_fail{false};
  std::atomic<int> leases{0}, records{0}, lane_reads{0};
  std::atomic<std::size_t> largest_read{0};  // rows asked of due() at once

  Result<std::vector<LaneHead>> lanes(std::string_view pool, Instant now) override {
    ++lane_reads;
    if (reads_fail) return down();
    return inner_.lanes(pool, now);
  }
  Result<std::vector<DueDelivery>> due(const Lane& lane, Instant now, std::size_t limit, const DueDelivery* after) override {
    if (reads_fail) return down();
    if (limit > largest_read) largest_read = limit;
    return inner_.due(lane, now, limit, after);
  }
  Result<std::optional<Instant>> next_due(std::string_view pool, Instant now) override { return inner_.next_due(pool, now); }
  Result<std::vector<LeasedDelivery>> lease(const Worker& worker, std::span<const LeaseOrder> orders, std::span<const RateState> rates,
                                            Instant now) override {
    if (writes_fail) return down();
    ++leases;
    return inner_.lease(worker, orders, rates, now);
  }
  Result<std::vector<AttemptId>> hand_over(std::span<const AttemptId> attempts, Instant now) override {
    if (writes_fail) return down();
    return inner_.hand_over(attempts, now);
  }
  Result<std::vector<Recorded>> record(std::span<const OutcomeRecord> outcomes) override {
    ++records;
    if (writes_fail) return down();
    for (const OutcomeRecord& one : outcomes) {
      if (one.outcome.code == "test.poison") return fail(ErrorKind::internal, "poison", "this one cannot be stored");
    }
    return inner_.record(outcomes);
  }
  Status checkpoint(AttemptId attempt, std::string_view bytes) override { return inner_.checkpoint(attempt, bytes); }
  Result<std::string> checkpointed(AttemptId attempt) override { return inner_.checkpointed(attempt); }
  Result<std::size_t> expire(Instant now, std::size_t limit) override { return inner_.expire(now, limit); }
  Result<Recovered> recover(const Worker& worker, const std::function<OnDoubt(ProviderId)>& policy, Instant now) override {
    return inner_.recover(worker, policy, now);
  }
  Result<std::vector<RateState>> rates() override { return inner_.rates(); }
  Result<std::size_t> clock_set_back(Instant was, Instant now) override {
    if (writes_fail) return down();
    return inner_.clock_set_back(was, now);
  }

 private:
  static tl::unexpected<Error> down() { return fail(ErrorKind::unavailable, "disk_full", "the disk is full"); }
  WorkQueue& inner_;
};

class FlakyStore final : public Store {
 public:
  explicit FlakyStore(Store& inner) : flaky_work(inner.work()), inner_(inner) {}

  FlakyWork flaky_work;

  Intake& intake() override { return inner_.intake(); }
  WorkQueue& work() override { return flaky_work; }
  Ledger& ledger() override { return inner_.ledger(); }
  ReceiptStore& receipts() override { return inner_.receipts(); }
  MailboxStore& mailboxes() override { return inner_.mailboxes(); }
  TemplateStore& templates() override { return inner_.templates(); }
  DirectoryStore& directory() override { return inner_.directory(); }
  Blobs& blobs() override { return inner_.blobs(); }
  Timers& timers() override { return inner_.timers(); }
  Doubts& doubts() override { return inner_.doubts(); }
  EvidenceStore& evidence() override { return inner_.evidence(); }
  Suppressions& suppressions() override { return inner_.suppressions(); }
  EvidenceChain& evidence_chain() override { return inner_.evidence_chain(); }
  StoreHealth health() const override { return inner_.health(); }
  Admission admission() const override { return inner_.admission(); }
  void set_admission(const Admission& admission) override { inner_.set_admission(admission); }

 private:
  Store& inner_;
};

}  // namespace messo::testing
