// Fetches receipts from the mailboxes of providers whose plugins list receipts.poll/1 (DESIGN §7; docs/receipts.md).
//
// One thread a mailbox, so that none waits for another, nor dispatch for any. A cycle: lease, tell the provider what is durable but not
// acknowledged, poll, set aside what is known, store receipts with cursor and seen ids in one transaction, acknowledge. Where a
// mailbox has more, its next page is fetched while this one is being stored. Whatever ends it in between, the next cycle begins from what
// is durable: nothing is lost, nothing counts twice.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "channel/provider_port.hpp"
#include "receipts/receipt_desk.hpp"

namespace messo {

struct PollerOptions {
  Worker worker;
  Millis every{30'000};          // where a mailbox does not say
  Millis shortest{100};          // between two polls of one mailbox
  Millis deadline{60'000};       // of a poll or an acknowledgement
  Millis lease{180'000};         // renewed before every cycle; longer than two deadlines
  Millis first_back_off{5'000};  // after a failure, doubled up to longest_back_off
  Millis longest_back_off{900'000};
  std::size_t items = 200;  // of a poll: also what one commit takes
  std::uint32_t quarantine_after = 3;
  Millis originals_every{5'000};  // ReceiptDesk::place_originals
};

// How a mailbox is, for operators.
struct MailboxStatus {
  ProviderId provider;
  std::string provider_key;
  std::string mailbox;  // "" while the plugin cannot say which there are
  enum class State : std::uint8_t { waiting, polling, failing, hanging, elsewhere } state = State::waiting;
  std::uint32_t failures = 0;  // in a row
  std::string problem;         // of the last one; a sentence
  std::optional<Instant> last_success;
  std::uint64_t items = 0, troubled = 0;  // taken, and failed tries, since the start
};
std::string_view to_string(MailboxStatus::State state);

class ReceiptPoller {
 public:
  using Ports = std::function<std::vector<ProviderPortPtr>()>;

  // Everything given must outlive it.
  ReceiptPoller(PollerOptions options, Store& store, ReceiptDesk& desk, Ports ports, const Clock& clock, Log& log);
  ~ReceiptPoller();  // stops
  ReceiptPoller(const ReceiptPoller&) = delete;
  ReceiptPoller& operator=(const ReceiptPoller&) = delete;

  void start();
  // Providers changed. Cheap, any thread.
  void ring();
  // Polls that mailbox now, whatever it waits for. Cheap, any thread.
  void look(ProviderId provider, const std::string& mailbox);
  // Begins no cycle any more. Cheap.
  void end_cycles();
  // Ends all threads; a cycle inside a plugin ends with its provider's stop, or at its deadline.
  void stop();

  std::vector<MailboxStatus> status() const;  // by provider and mailbox

 private:
  class Runner;
  using Key = std::pair<ProviderId, std::string>;

  void control();
  void follow_ports();

  const PollerOptions options_;
  Store& store_;
  ReceiptDesk& desk_;
  const Ports ports_;
  const Clock& clock_;
  Log& log_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool rung_ = false, ends_ = false;
  std::map<Key, std::shared_ptr<Runner>> runners_;
  std::map<ProviderId, MailboxStatus> unlisted_;  // whose mailboxes are not known
  std::thread control_;
};

}  // namespace messo
