// What comes back later: receipts are made durable before the provider's copy may go (DESIGN §2, §3 "Only receipts verified VALID settle").
#pragma once
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "base/guarded.hpp"
#include "base/histogram.hpp"
#include "base/log.hpp"
#include "store/store.hpp"

namespace messo {

inline constexpr std::array kDeliverySeconds{1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 21'600.0, 86'400.0, 259'200.0};

// Figures for /metrics; they only rise.
struct ReceiptCounters {
  std::uint64_t received = 0;
  std::uint64_t duplicates = 0;
  std::uint64_t unmatched = 0;     // kept until their reference appears
  std::uint64_t changed = 0;       // moved a delivery's state
  std::uint64_t not_settling = 0;  // kept and shown, but their verification settles nothing
  std::uint64_t store_errors = 0;
  // Final receipts that settle, by what they say, each counted once: the address itself is bad (a hard bounce), the code ends in
  // ".expired", or it did not arrive for another reason (a soft bounce).
  std::uint64_t delivered = 0, bad_address = 0, expired = 0, undelivered = 0;
  // What else settling receipts say: somebody still tries, or the recipient does not want such messages.
  std::uint64_t delayed = 0, complained = 0;
  // From the attempt to a receipt that made its message delivered; those that came before their outcome left out.
  Histogram<kDeliverySeconds> delivery_seconds;
};

class ReceiptDesk {
 public:
  // Which verifications of a provider's receipts change states. Cheap, thread-safe.
  using Settling = std::function<std::vector<Verification>(ProviderId)>;
  struct Hooks {
    std::function<void()> events_changed;  // events were committed; cheap
  };
  // VALID alone, for every provider.
  static Settling only_valid();
  // As each provider's `settle_on` says; the directory must outlive it.
  static Settling by_settings(const DirectoryStore& directory);

  // Everything given must outlive it.
  ReceiptDesk(Store& store, const Clock& clock, Log& log, Settling settling, Hooks hooks);

  // Stores receipts, matches them within their provider, applies what settles. Their `raw_bytes` become blobs first: of the organisation
  // whose delivery it is, or of the provider while that is unknown. `poll`: cursor and newly seen ids of the mailbox they came from,
  // committed with them. Blocks until durable. Reporting a receipt twice does no harm. Thread-safe. Errors: the store's; nothing is half
  // done, so the provider must report them again.
  Status take(ProviderId provider, std::span<const Receipt> receipts, const PollState* poll = nullptr);

  // Originals whose organisation became known after they were stored are copied to it. Once in a while; blocks on the disk.
  void place_originals();

  std::map<ProviderId, ReceiptCounters> counters() const { return counters_.copy(); }

 private:
  Result<std::vector<Receipt>> keep_originals(ProviderId provider, std::span<const Receipt> receipts);
  tl::unexpected<Error> failed(ProviderId provider, Error error);

  Store& store_;
  const Clock& clock_;
  Log& log_;
  Settling settling_;
  Hooks hooks_;
  Guarded<std::map<ProviderId, ReceiptCounters>> counters_;
};

}  // namespace messo
