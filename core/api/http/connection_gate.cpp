#include "api/http/connection_gate.hpp"

#include <Poco/Net/IPAddress.h>
#include <sys/socket.h>

#include <algorithm>

namespace messo::http {
namespace {

using namespace std::chrono_literals;

constexpr Millis kSweepEvery = 100ms;
constexpr Millis kGrace = 2s;  // after the first reminder a late connection may still send its answer

std::int64_t steady_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
std::int64_t in_us(Millis time) { return std::chrono::microseconds(time).count(); }

}  // namespace

void ConnectionGate::Seat::waiting(Millis from_now) {
  const auto now = steady_us();
  deadline_us_.store(now + in_us(from_now), std::memory_order_relaxed);
  waiting_since_.store(now, std::memory_order_relaxed);
}
void ConnectionGate::Seat::reading_head(Millis from_now) { deadline_us_.store(steady_us() + in_us(from_now), std::memory_order_relaxed); }
void ConnectionGate::Seat::reading_body(Millis from_now) {
  waiting_since_.store(0, std::memory_order_relaxed);
  deadline_us_.store(steady_us() + in_us(from_now), std::memory_order_relaxed);
}
void ConnectionGate::Seat::working() {
  waiting_since_.store(0, std::memory_order_relaxed);
  deadline_us_.store(0, std::memory_order_relaxed);
}
void ConnectionGate::Seat::writing(Millis from_now) { deadline_us_.store(steady_us() + in_us(from_now), std::memory_order_relaxed); }

ConnectionGate::ConnectionGate(GateLimits limits) : limits_(limits), sweeper_([this] { sweep(); }) {}

ConnectionGate::~ConnectionGate() {
  {
    const std::scoped_lock hold(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  sweeper_.join();
}

std::string ConnectionGate::counted_address(const std::string& address) {
  Poco::Net::IPAddress ip;
  if (!Poco::Net::IPAddress::tryParse(address, ip)) return address;
  if (ip.isIPv4Mapped()) return address.substr(address.rfind(':') + 1);
  if (ip.family() != Poco::Net::IPAddress::IPv6) return address;
  // Whoever has one IPv6 address usually has its whole /64.
  return (ip & Poco::Net::IPAddress(64, Poco::Net::IPAddress::IPv6)).toString() + "/64";
}

ConnectionGate::Admitted ConnectionGate::admit(int socket, const std::string& address, Millis first_request) {
  auto counted = counted_address(address);
  Poco::Net::IPAddress ip;
  if (limits_.per_address == 0 || (limits_.loopback_exempt && Poco::Net::IPAddress::tryParse(address, ip) && ip.isLoopback()))
    counted.clear();
  const std::scoped_lock hold(mutex_);
  if (draining()) return Admitted::full;
  if (!counted.empty() && by_address_[counted] >= limits_.per_address) {
    ++refused_;
    return Admitted::too_many_from_address;
  }
  if (open_ >= limits_.connections && !evict_longest_waiting()) {
    ++refused_;
    return Admitted::full;
  }
  auto seat = std::make_unique<Seat>();
  seat->socket_ = socket;
  seat->address_ = counted;
  seat->waiting(first_request);
  if (!counted.empty()) ++by_address_[counted];
  ++open_;
  seats_[socket] = std::move(seat);
  return Admitted::yes;
}

bool ConnectionGate::evict_longest_waiting() {
  Seat* longest = nullptr;
  std::int64_t since = 0;
  for (auto& [socket, seat] : seats_) {
    const auto waiting = seat->waiting_since_.load(std::memory_order_relaxed);
    if (waiting == 0 || seat->evicted_ || (longest != nullptr && waiting >= since)) continue;
    longest = seat.get();
    since = waiting;
  }
  if (longest == nullptr) return false;
  longest->evicted_ = true;
  forget(*longest);
  ++evicted_;
  ::shutdown(longest->socket_, SHUT_RDWR);
  return true;
}

void ConnectionGate::forget(const Seat& seat) {
  --open_;
  if (seat.address_.empty()) return;
  if (const auto at = by_address_.find(seat.address_); at != by_address_.end() && --at->second == 0) by_address_.erase(at);
}

ConnectionGate::Seat* ConnectionGate::take_seat(int socket) {
  const std::scoped_lock hold(mutex_);
  const auto at = seats_.find(socket);
  if (at == seats_.end()) return nullptr;
  at->second->taken_ = true;
  return at->second.get();
}

void ConnectionGate::leave(int socket) {
  {
    const std::scoped_lock hold(mutex_);
    const auto at = seats_.find(socket);
    if (at == seats_.end()) return;
    if (!at->second->evicted_) forget(*at->second);
    seats_.erase(at);
  }
  if (draining()) changed_.notify_all();
}

bool ConnectionGate::drain(Millis limit) {
  std::unique_lock hold(mutex_);
  draining_ = true;
  changed_.notify_all();
  return changed_.wait_for(
      hold, limit, [this] { return std::none_of(seats_.begin(), seats_.end(), [](const auto& entry) { return entry.second->taken_; }); });
}

ConnectionGate::Counts ConnectionGate::counts() const {
  const std::scoped_lock hold(mutex_);
  return {open_, refused_, evicted_, late_};
}

void ConnectionGate::sweep() {
  std::unique_lock hold(mutex_);
  while (!stop_) {
    changed_.wait_for(hold, kSweepEvery);
    const auto now = steady_us();
    for (auto& [socket, seat] : seats_) {
      if (draining() && seat->waiting_since_.load(std::memory_order_relaxed) != 0) ::shutdown(socket, SHUT_RDWR);
      auto deadline = seat->deadline_us_.load(std::memory_order_relaxed);
      if (deadline == 0 || now < deadline) continue;
      if (seat->late_.exchange(true)) {
        ::shutdown(socket, SHUT_RDWR);
        seat->deadline_us_.store(0);
        continue;
      }
      ++late_;
      ::shutdown(socket, SHUT_RD);  // the thread wakes up and may still answer 408
      // Not when the connection has moved on meanwhile.
      seat->deadline_us_.compare_exchange_strong(deadline, now + in_us(kGrace));
    }
  }
}

}  // namespace messo::http
