#include "peers/pec_post.hpp"

#include <algorithm>
#include <utility>

namespace messo::peers {

PecPost::PecPost(std::function<void(const PecPending&)> deliver) : deliver_(std::move(deliver)), thread_([this] { run(); }) {}

PecPost::~PecPost() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void PecPost::add(PecPending pending) {
  {
    const std::scoped_lock lock(mutex_);
    pending.clock_at = clock_;
    waiting_.push_back(std::move(pending));
  }
  changed_.notify_all();
}

void PecPost::hold() {
  const std::scoped_lock lock(mutex_);
  for (int kind = 0; kind <= static_cast<int>(PecAnswerKind::anomalia); ++kind) held_.insert(static_cast<PecAnswerKind>(kind));
}

void PecPost::hold(PecAnswerKind kind) {
  const std::scoped_lock lock(mutex_);
  held_.insert(kind);
}

void PecPost::release() {
  {
    const std::scoped_lock lock(mutex_);
    held_.clear();
  }
  changed_.notify_all();
}

void PecPost::release(PecAnswerKind kind) {
  {
    const std::scoped_lock lock(mutex_);
    held_.erase(kind);
  }
  changed_.notify_all();
}

void PecPost::delay(std::chrono::milliseconds before_each) {
  {
    const std::scoped_lock lock(mutex_);
    delay_ = before_each;
  }
  changed_.notify_all();
}

void PecPost::stop_clock() {
  const std::scoped_lock lock(mutex_);
  clock_stopped_ = true;
}

void PecPost::advance(std::chrono::seconds by) {
  {
    const std::scoped_lock lock(mutex_);
    clock_ += by;
  }
  changed_.notify_all();
}

bool PecPost::may_go(const PecPending& pending) const {
  if (held_.contains(pending.answer.kind)) return false;
  // What comes within a minute comes now: only hours are worth waiting for.
  return !clock_stopped_ || pending.answer.after <= std::chrono::minutes(1) || pending.clock_at + pending.answer.after <= clock_;
}

void PecPost::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    const auto next = std::ranges::find_if(waiting_, [this](const PecPending& pending) { return may_go(pending); });
    if (next == waiting_.end()) {
      changed_.wait(lock);
      continue;
    }
    const auto pending = std::move(*next);
    waiting_.erase(next);
    const auto due = std::chrono::steady_clock::now() + delay_;
    changed_.wait_until(lock, due, [this] { return ending_; });
    if (ending_) return;
    lock.unlock();
    deliver_(pending);
    lock.lock();
  }
}

}  // namespace messo::peers
