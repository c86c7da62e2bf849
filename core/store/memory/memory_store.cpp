#include "store/memory/doubts.hpp"
#include "store/memory/evidence.hpp"
#include "store/memory/evidence_chain.hpp"
#include "store/memory/parts.hpp"
#include "store/memory/suppressions.hpp"

namespace messo {
namespace {

class MemoryStore final : public Store {
 public:
  MemoryStore(const Clock& clock, Admission admission) : shared_(clock, admission) {}
  Intake& intake() override { return intake_; }
  WorkQueue& work() override { return work_; }
  Ledger& ledger() override { return ledger_; }
  ReceiptStore& receipts() override { return receipts_; }
  MailboxStore& mailboxes() override { return mailboxes_; }
  TemplateStore& templates() override { return templates_; }
  DirectoryStore& directory() override { return directory_; }
  Blobs& blobs() override { return blobs_; }
  Timers& timers() override { return timers_; }
  Doubts& doubts() override { return doubts_; }
  EvidenceStore& evidence() override { return evidence_; }
  EvidenceChain& evidence_chain() override { return evidence_chain_; }
  Suppressions& suppressions() override { return suppressions_; }
  StoreHealth health() const override {
    StoreHealth out;
    out.bytes_free = 1ULL << 40;  // there is no disk to fill
    const std::scoped_lock hold(shared_.mutex);
    out.commits = out.writes = shared_.state.writes;
    return out;
  }
  Admission admission() const override {
    const std::scoped_lock hold(shared_.mutex);
    return shared_.admission;
  }
  void set_admission(const Admission& admission) override {
    const std::scoped_lock hold(shared_.mutex);
    shared_.admission = admission;
  }

 private:
  mutable memory::Shared shared_;
  memory::MemoryIntake intake_{shared_};
  memory::MemoryWorkQueue work_{shared_};
  memory::MemoryLedger ledger_{shared_};
  memory::MemoryReceipts receipts_{shared_};
  memory::MemoryMailboxes mailboxes_{shared_};
  memory::MemoryTemplates templates_{shared_};
  memory::MemoryDirectory directory_{shared_};
  memory::MemoryBlobs blobs_{shared_};
  memory::MemoryTimers timers_{shared_};
  memory::MemoryDoubts doubts_{shared_};
  memory::MemoryEvidence evidence_{shared_};
  memory::MemoryEvidenceChain evidence_chain_{shared_};
  memory::MemorySuppressions suppressions_{shared_};
};

}  // namespace

std::unique_ptr<Store> make_memory_store(const Clock& clock, Admission admission) {
  return std::make_unique<MemoryStore>(clock, admission);
}

}  // namespace messo
