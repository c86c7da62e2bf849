#include "app/signals.hpp"

#include <pthread.h>
#include <signal.h>

namespace messo {
namespace {

sigset_t wishes() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, number);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = wishes();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of its write, not the daemon's end
}

std::optional<Wish> wait_for_signal(Millis limit) {
  const sigset_t set = wishes();
  const timespec wait{limit.count() / 1000, (limit.count() % 1000) * 1'000'000};
  const int number = ::sigtimedwait(&set, nullptr, &wait);
  if (number < 0) return {};
  return number == SIGHUP ? Wish::reload : Wish::stop;
}

}  // namespace messo
