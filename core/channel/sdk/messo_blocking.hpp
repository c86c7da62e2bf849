// Part of messo_channel.hpp: the easy form, one blocking call per message on a pool of threads.
#pragma once
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "messo_channel.hpp"

namespace messo::plugin {

struct BlockingOptions {
  unsigned threads = 4;  // messages sent at once
  unsigned queue = 16;   // messages waiting in the plugin beside those; small, so that priorities stay with the hub
};

class BlockingChannel : public Channel {
 public:
  BlockingChannel(Host host, BlockingOptions options) : Channel(host), options_(options) {
    options_.threads = std::max(1U, options_.threads);
  }

  // Sends one message and says how it went; called by up to `threads` threads at once. Should give up by message.answer_by_ms(): the hub
  // takes the attempt for unknown then. An exception counts as `unknown`: catch what you know to be harmless and answer try_later.
  virtual Outcome send(const OwnedMessage& message) = 0;

  void start() override {
    try {
      for (unsigned i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
    } catch (...) {
      join();
      throw;
    }
    host().credits(capacity());
  }

  bool submit(Batch batch) override {
    std::vector<OwnedMessage> copies;
    copies.reserve(batch.size());
    for (const Message message : batch) copies.emplace_back(message);
    {
      const std::lock_guard<std::mutex> hold(mutex_);
      if (stopping_ || taken_ + copies.size() > capacity()) return false;
      for (auto& copy : copies) waiting_.push_back(std::move(copy));
      taken_ += copies.size();
      in_hand_ += copies.size();
    }
    wake_.notify_all();
    return true;
  }

  // Gives back what waits, lets what is being sent finish within `drain`, then calls interrupt() and waits for the threads.
  void stop(std::chrono::milliseconds drain) override {
    std::deque<OwnedMessage> rest;
    {
      const std::lock_guard<std::mutex> hold(mutex_);
      stopping_ = true;
      rest.swap(waiting_);
    }
    wake_.notify_all();
    answer_all(rest, given_back("stopping", "The provider is being stopped; the message goes out later."));
    {
      std::unique_lock<std::mutex> hold(mutex_);
      if (!idle_.wait_for(hold, drain, [this] { return in_hand_ == 0; })) {
        hold.unlock();
        interrupt();
      }
    }
    join();
  }

 protected:
  // Makes every running send() return soon, e.g. by shutting its sockets down. Any thread.
  virtual void interrupt() noexcept {}

  // From send() or any thread: no new messages before that Unix time; those waiting are given back. `reason`: a sentence for operators.
  void pause(std::int64_t until_ms, std::string_view reason) {
    std::deque<OwnedMessage> rest;
    {
      const std::lock_guard<std::mutex> hold(mutex_);
      rest.swap(waiting_);
    }
    host().credits(capacity(), until_ms, reason);
    answer_all(rest, given_back("paused", "The provider is paused; the message goes out later."));
  }
  bool stopping() const {
    const std::lock_guard<std::mutex> hold(mutex_);
    return stopping_;
  }
  std::uint32_t capacity() const { return options_.threads + options_.queue; }

 private:
  void work() {
    for (;;) {
      std::unique_lock<std::mutex> hold(mutex_);
      wake_.wait(hold, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      const OwnedMessage message = std::move(waiting_.front());
      waiting_.pop_front();
      hold.unlock();
      answer(message.attempt(), try_send(message));
    }
  }

  Outcome try_send(const OwnedMessage& message) {
    if (host().now_ms() >= message.send_before_ms()) {
      return try_later("too_late", "The time to send this message passed before its turn came.");
    }
    try {
      return send(message);
    } catch (const std::exception& e) {
      return unknown("exception", "The provider failed while sending; the message may have left.").log_text(e.what());
    } catch (...) {
      return unknown("exception", "The provider failed while sending; the message may have left.");
    }
  }

  // The room is free before the outcome is told, for the hub may use it at once; stop() waits until it was told.
  void answer(const messo_id& attempt, const Outcome& outcome) {
    {
      const std::lock_guard<std::mutex> hold(mutex_);
      --taken_;
    }
    host().outcome(attempt, outcome);
    const std::lock_guard<std::mutex> hold(mutex_);
    if (--in_hand_ == 0) idle_.notify_all();
  }
  void answer_all(const std::deque<OwnedMessage>& messages, const Outcome& outcome) {
    for (const auto& message : messages) answer(message.attempt(), outcome);
  }
  void join() {
    {
      const std::lock_guard<std::mutex> hold(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
  }

  BlockingOptions options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_, idle_;
  std::deque<OwnedMessage> waiting_;
  std::size_t taken_ = 0;    // waiting and being sent
  std::size_t in_hand_ = 0;  // without an outcome that was told
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace messo::plugin
