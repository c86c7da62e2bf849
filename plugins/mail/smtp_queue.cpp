#include "mail/smtp_queue.hpp"

#include <algorithm>

namespace messo::mail {

bool SmtpQueue::put(std::vector<Waiting>&& batch) {
  const std::scoped_lock hold(mutex_);
  if (closed_ || room_taken_ + batch.size() > capacity_) return false;
  room_taken_ += batch.size();
  in_hand_ += batch.size();
  waiting_count_ += batch.size();
  for (auto& message : batch) line_of(message).push_back(std::move(message));
  for (std::size_t i = 0; i < waiting_count_ && !idle_.empty(); ++i) wake_one();
  return true;
}

void SmtpQueue::put_back(Waiting&& message) {
  const std::scoped_lock hold(mutex_);
  line_of(message).push_front(std::move(message));
  ++waiting_count_;
  if (!idle_.empty()) wake_one();
}

std::deque<Waiting>& SmtpQueue::line_of(const Waiting& message) {
  return waiting_[std::min<std::size_t>(message.priority(), waiting_.size() - 1)];
}

void SmtpQueue::wake_one() {
  call(*idle_.back());
  idle_.pop_back();
}

void SmtpQueue::call(Seat& seat) {
  seat.called = true;
  seat.wake.notify_one();
}

std::optional<Waiting> SmtpQueue::pop() {
  for (auto& line : waiting_) {
    if (line.empty()) continue;
    std::optional<Waiting> message(std::move(line.front()));
    line.pop_front();
    --waiting_count_;
    return message;
  }
  return {};
}

SmtpQueue::Wake SmtpQueue::take(Seat& seat, std::chrono::steady_clock::time_point idle_at, std::optional<Waiting>& message) {
  std::unique_lock hold(mutex_);
  for (;;) {
    message = pop();
    if (message) return Wake::message;
    if (closed_) return Wake::closed;
    seat.called = false;
    idle_.push_back(&seat);
    const bool called = seat.wake.wait_until(hold, idle_at, [&] { return seat.called; });
    if (called) continue;
    std::erase(idle_, &seat);
    return Wake::idle;
  }
}

std::optional<Waiting> SmtpQueue::take_surplus() {
  const std::scoped_lock hold(mutex_);
  if (closed_ || !idle_.empty()) return {};
  return pop();
}

bool SmtpQueue::rest(Seat& seat, std::chrono::steady_clock::time_point until) {
  std::unique_lock hold(mutex_);
  if (closed_) return true;
  seat.called = false;
  resting_.push_back(&seat);
  seat.wake.wait_until(hold, until, [&] { return seat.called; });
  std::erase(resting_, &seat);
  return closed_;
}

std::vector<Waiting> SmtpQueue::drain() {
  const std::scoped_lock hold(mutex_);
  std::vector<Waiting> rest;
  while (auto message = pop()) rest.push_back(std::move(*message));
  return rest;
}

void SmtpQueue::close() {
  const std::scoped_lock hold(mutex_);
  closed_ = true;
  for (auto* seats : {&idle_, &resting_}) {
    for (auto* seat : *seats) call(*seat);
  }
  idle_.clear();
}

void SmtpQueue::done() {
  const std::scoped_lock hold(mutex_);
  if (--in_hand_ == 0) empty_.notify_all();
}

bool SmtpQueue::wait_empty(std::chrono::milliseconds limit) {
  std::unique_lock hold(mutex_);
  return empty_.wait_for(hold, limit, [this] { return in_hand_ == 0; });
}

}  // namespace messo::mail
