#include "smpp/receipt_clerk.hpp"

#include <pthread.h>

#include <algorithm>
#include <iterator>

namespace messo::smpp {
namespace {

ReceiptClerk::Result result_of(std::int32_t code) {
  if (code == MESSO_OK) return ReceiptClerk::Result::durable;
  return code == MESSO_E_INVALID ? ReceiptClerk::Result::never : ReceiptClerk::Result::later;
}

}  // namespace

void ReceiptClerk::start() {
  thread_ = std::thread([this] { work(); });
}

bool ReceiptClerk::put(Slip& slip) {
  const std::scoped_lock hold(mutex_);
  if (ends_ || waiting_.size() >= kMostWaiting) return false;
  waiting_.push_back(std::move(slip));
  if (waiting_.size() == 1) changed_.notify_one();
  return true;
}

bool ReceiptClerk::idle() {
  const std::scoped_lock hold(mutex_);
  return waiting_.empty() && !busy_;
}

void ReceiptClerk::stop() {
  {
    const std::scoped_lock hold(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void ReceiptClerk::work() {
  pthread_setname_np(pthread_self(), "smpp-receipts");
  std::vector<Slip> now;
  for (;;) {
    {
      std::unique_lock hold(mutex_);
      busy_ = false;
      changed_.wait(hold, [this] { return ends_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      busy_ = true;
      const auto count = std::min(waiting_.size(), kMostAtOnce);
      now.assign(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(waiting_.begin() + static_cast<std::ptrdiff_t>(count)));
      waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    }
    store(now);
    done_(std::move(now));
    now.clear();
  }
}

void ReceiptClerk::store(std::vector<Slip>& slips) {
  std::vector<plugin::Receipt> receipts;
  receipts.reserve(slips.size());
  for (auto& slip : slips) receipts.push_back(std::move(slip.receipt));
  const auto result = result_of(host_.receipts(receipts));
  for (std::size_t i = 0; i < slips.size(); ++i) {
    // One that is none must not keep the others from being stored.
    slips[i].result = result == Result::never && slips.size() > 1 ? result_of(host_.receipts({receipts[i]})) : result;
    slips[i].receipt = {};
  }
}

}  // namespace messo::smpp
