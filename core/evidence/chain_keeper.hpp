// Closes segments of the evidence chain: a thread of its own looks every few seconds for entries that are in none. Off the path of sending:
// it reads what is committed and writes in the store's background turn. A segment and its entries' membership are one transaction, so a
// crash leaves an entry in one segment or in none, and the next look takes it up.
#pragma once
#include <functional>
#include <thread>

#include "base/bell.hpp"
#include "base/log.hpp"
#include "evidence/chain.hpp"
#include "store/store.hpp"

namespace messo {

struct ChainOptions {
  std::size_t leaves = 512;            // a segment has at most so many
  Millis age = std::chrono::hours{1};  // and is closed at the latest when its oldest entry is so old
  Millis every{5'000};                 // between two looks
};

class ChainKeeper {
 public:
  // Everything given must outlive it.
  ChainKeeper(ChainOptions options, EvidenceChain& store, const SigningKey& key, const Clock& clock, Log& log);
  ~ChainKeeper();
  ChainKeeper(const ChainKeeper&) = delete;
  ChainKeeper& operator=(const ChainKeeper&) = delete;

  void start();
  // Closes what waits, then ends the thread: nothing stays unchained over a stop.
  void stop();
  // One look: closes the segments that are full or old enough, with `all` every one. How many. Any thread; blocks on the disk.
  Result<std::size_t> turn(bool all = false);

 private:
  void run();
  void turn_and_tell(bool all);
  Result<std::size_t> close_segments(const UnchainedEvidence& waiting, bool all);

  const ChainOptions options_;
  EvidenceChain& store_;
  const SigningKey& key_;
  const Clock& clock_;
  Log& log_;
  bool failing_ = false;
  std::atomic<bool> stopping_{false};
  Bell bell_;
  std::mutex one_at_a_time_;
  std::thread thread_;
};

// The node's key out of the store, where it lies sealed; made at the first use. Errors: the store's.
Result<SigningKey> open_signing_key(EvidenceChain& store);

}  // namespace messo
