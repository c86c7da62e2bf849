// The store: one contract, several engines (DESIGN §4). Each interface is small; one suite (tests/conformance/store) runs against every
// engine.
//
// Common rules, unless a verb says otherwise
//  - every verb may be called from any thread and blocks until what it wrote is durable (SQLite: in a committed, fsynced group);
//  - a Result's error never means "half done": either all of the call is durable or none of it;
//  - no verb ever fails because another writer is at work; `unavailable` means the disk or the database itself;
//  - every state change and its event row are one transaction; state changes go through messo::apply (model/delivery_state.hpp);
//  - wall times come from the caller, so that a clock step cannot reorder what is stored.
#pragma once
#include <functional>
#include <memory>

#include "store/blobs.hpp"
#include "store/directory_store.hpp"
#include "store/doubts.hpp"
#include "store/evidence_chain.hpp"
#include "store/evidence_store.hpp"
#include "store/intake.hpp"
#include "store/ledger.hpp"
#include "store/mailbox_store.hpp"
#include "store/receipt_store.hpp"
#include "store/suppressions.hpp"
#include "store/template_store.hpp"
#include "store/timers.hpp"
#include "store/work_queue.hpp"

namespace messo {

// Figures of the engine itself, for metrics and /status. Cheap.
struct StoreHealth {
  bool writable = true;
  std::string problem;                          // one sentence when not
  std::uint64_t bytes_free = 0;                 // on the disk that holds the store
  std::uint64_t bytes_used = 0;                 // by database and write-ahead log
  double commit_p50_ms = 0, commit_p99_ms = 0;  // over the last few thousand commits
  std::uint64_t commits = 0, writes = 0;        // groups, and calls grouped into them
};

// Limits past which intake answers `overloaded` while delivery goes on.
struct Admission {
  std::uint64_t max_open = 5'000'000;             // open deliveries
  std::uint64_t min_bytes_free = 256ULL << 20;    // on the store's disk
  std::uint64_t max_waiting_bytes = 64ULL << 20;  // of accepts waiting for the writer
};

// An open store. Thread-safe; destroying it waits for the last commit.
class Store {
 public:
  virtual ~Store() = default;
  virtual Intake& intake() = 0;
  virtual WorkQueue& work() = 0;
  virtual Ledger& ledger() = 0;
  virtual ReceiptStore& receipts() = 0;
  virtual MailboxStore& mailboxes() = 0;
  virtual TemplateStore& templates() = 0;
  virtual DirectoryStore& directory() = 0;
  virtual Blobs& blobs() = 0;
  virtual Timers& timers() = 0;
  virtual Doubts& doubts() = 0;
  virtual EvidenceStore& evidence() = 0;
  virtual EvidenceChain& evidence_chain() = 0;
  virtual Suppressions& suppressions() = 0;

  virtual StoreHealth health() const = 0;
  // The limits intake goes by; new ones count from the next accept on. Any thread, cheap.
  virtual Admission admission() const = 0;
  virtual void set_admission(const Admission& admission) = 0;
};

}  // namespace messo
