#include "store/sqlite/doubts.hpp"
#include "store/sqlite/evidence.hpp"
#include "store/sqlite/evidence_chain.hpp"
#include "store/sqlite/parts.hpp"
#include "store/sqlite/suppressions.hpp"

namespace messo {
namespace {

class SqliteStore final : public Store {
 public:
  explicit SqliteStore(std::unique_ptr<sqlite::Database> database) : database_(std::move(database)) {}
  Status load() { return directory_.load(); }
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
  StoreHealth health() const override { return database_->health(); }
  Admission admission() const override { return database_->admission(); }
  void set_admission(const Admission& admission) override { database_->set_admission(admission); }

 private:
  std::unique_ptr<sqlite::Database> database_;
  sqlite::SqliteIntake intake_{*database_};
  sqlite::SqliteWorkQueue work_{*database_};
  sqlite::SqliteLedger ledger_{*database_};
  sqlite::SqliteReceipts receipts_{*database_};
  sqlite::SqliteMailboxes mailboxes_{*database_};
  sqlite::SqliteTemplates templates_{*database_};
  sqlite::SqliteDirectory directory_{*database_};
  sqlite::SqliteBlobs blobs_{*database_};
  sqlite::SqliteTimers timers_{*database_};
  sqlite::SqliteDoubts doubts_{*database_};
  sqlite::SqliteEvidence evidence_{*database_};
  sqlite::SqliteEvidenceChain evidence_chain_{*database_};
  sqlite::SqliteSuppressions suppressions_{*database_};
};

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite_store(const SqliteOptions& options, const Clock& clock, Log& log) {
  auto database = sqlite::Database::open(options, clock, log);
  if (!database) return fail(database.error());
  auto store = std::make_unique<SqliteStore>(std::move(*database));
  if (Status loaded = store->load(); !loaded) return fail(loaded.error());
  return store;
}

}  // namespace messo
