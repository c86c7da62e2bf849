// Certified mail whose provider does not say that it accepted it: the accettazione is a matter of seconds, so its absence means that a
// mailbox is not read, an account is blocked, or the message never arrived (DESIGN §3 "Milestones").
#pragma once
#include "base/log.hpp"
#include "dispatch/metrics.hpp"
#include "store/store.hpp"

namespace messo {

class AcceptanceWatch {
 public:
  // `patience`: from the hand-over. Everything given must outlive it.
  AcceptanceWatch(Millis patience, Store& store, DispatchMetrics& metrics, const Clock& clock, Log& log)
      : patience_(patience), store_(store), metrics_(metrics), clock_(clock), log_(log) {}

  // How often to look: often enough beside `patience`, and no more than that.
  Millis every() const;
  // Looks, leaves what it found in metrics.late_acceptances, and says when the first is late and when none is any more. One thread. Errors:
  // the store's.
  Status look();

 private:
  const Millis patience_;
  Store& store_;
  DispatchMetrics& metrics_;
  const Clock& clock_;
  Log& log_;
  bool late_ = false;
};

}  // namespace messo
