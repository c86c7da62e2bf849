#include "smpp/expectations.hpp"

#include <pthread.h>

namespace messo::smpp {

void Expectations::start(std::size_t threads) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

void Expectations::put(OutboundPtr message) {
  const std::scoped_lock hold(mutex_);
  waiting_.push_back(std::move(message));
  changed_.notify_one();
}

void Expectations::stop() {
  {
    const std::scoped_lock hold(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Expectations::work() {
  pthread_setname_np(pthread_self(), "smpp-expects");
  for (;;) {
    OutboundPtr message;
    {
      std::unique_lock hold(mutex_);
      changed_.wait(hold, [this] { return ends_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      message = std::move(waiting_.front());
      waiting_.pop_front();
    }
    const bool kept = host_.expect(message->attempt, message->expected);
    done_(std::move(message), kept);
  }
}

}  // namespace messo::smpp
