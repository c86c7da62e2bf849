#include "smpp/receipt_clerk.hpp"

namespace messo::smpp {
namespace {

ReceiptClerk::Result result_of(std::int32_t code) {
  if (code == MESSO_OK) return ReceiptClerk::Result::durable;
  return code == MESSO_E_INVALID ? ReceiptClerk::Result::never : ReceiptClerk::Result::later;
}

}  // namespace

ReceiptClerk::ReceiptClerk(plugin::Host host, Done done)
    : host_(host), done_(std::move(done)), thread_("smpp-receipts", {kMostWaiting, kMostAtOnce}, [this](std::vector<Slip>&& slips) {
        store(slips);
        done_(std::move(slips));
      }) {}

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
