#include "receipts/receipt_desk.hpp"

#include <algorithm>

namespace messo {

ReceiptDesk::Settling ReceiptDesk::only_valid() {
  return [](ProviderId) { return std::vector{Verification::valid}; };
}

ReceiptDesk::ReceiptDesk(Store& store, const Clock& clock, Log& log, Settling settling, Hooks hooks)
    : store_(store), clock_(clock), log_(log), settling_(std::move(settling)), hooks_(std::move(hooks)) {}

Status ReceiptDesk::take(ProviderId provider, std::span<const Receipt> receipts, const PollState* poll) {
  if (receipts.empty() && poll == nullptr) return {};
  const std::vector<Verification> settling = settling_(provider);
  auto recorded = store_.receipts().record(provider, receipts, poll, settling, clock_.now());
  if (!recorded) {
    counters_.with([&](auto& all) { ++all[provider].store_errors; });
    log_.error("MSO-3040", "receipts cannot be stored: the provider keeps its copies and reports them again. Check the disk",
               {{"provider", provider.to_string()}, {"code", recorded.error().code}, {"detail", recorded.error().detail}});
    return fail(std::move(recorded.error()));
  }
  counters_.with([&](auto& all) {
    ReceiptCounters& sum = all[provider];
    sum.received += receipts.size();
    for (const Receipt& receipt : receipts) {
      if (std::ranges::find(settling, receipt.verification) == settling.end()) ++sum.not_settling;
    }
    for (const ReceiptRecorded& one : *recorded) {
      if (one.duplicate) ++sum.duplicates;
      if (!one.duplicate && !one.delivery) ++sum.unmatched;
      if (one.changed) ++sum.changed;
    }
  });
  if (hooks_.events_changed && !receipts.empty()) hooks_.events_changed();
  return {};
}

}  // namespace messo
