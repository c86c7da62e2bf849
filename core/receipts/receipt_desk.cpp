#include "receipts/receipt_desk.hpp"

#include <algorithm>

#include "store/decisions.hpp"

namespace messo {
namespace {

constexpr std::size_t kPlacedAtOnce = 64;

// Attempts are made when a message is leased, moments before it is handed over, and their ids (UUIDv7) begin with that time.
Instant time_of(AttemptId attempt) {
  constexpr int kTimeBytes = 6;
  std::int64_t ms = 0;
  for (int i = 0; i < kTimeBytes; ++i) ms = ms << 8 | attempt.value.bytes[static_cast<std::size_t>(i)];
  return from_unix_ms(ms);
}

void count_meaning(ReceiptCounters& sum, const Receipt& receipt, const ReceiptRecorded& recorded, std::span<const Verification> settling,
                   Instant now) {
  if (!decisions::settles(receipt.verification, settling)) return;
  if (receipt.kind == ReceiptKind::milestone) {
    if (receipt.milestone == Milestone::delayed) ++sum.delayed;
    if (receipt.milestone == Milestone::complained) ++sum.complained;
  } else if (receipt.kind == ReceiptKind::delivered) {
    ++sum.delivered;
    if (recorded.changed && recorded.attempt)
      sum.delivery_seconds.observe(std::max(0.0, std::chrono::duration<double>(now - time_of(*recorded.attempt)).count()));
  } else if (receipt.scope == OutcomeScope::destination) {
    ++sum.bad_address;
  } else {
    ++(receipt.code.ends_with(".expired") ? sum.expired : sum.undelivered);
  }
}

}  // namespace

ReceiptDesk::Settling ReceiptDesk::only_valid() {
  return [](ProviderId) { return std::vector{Verification::valid}; };
}

ReceiptDesk::Settling ReceiptDesk::by_settings(const DirectoryStore& directory) {
  return [&directory](ProviderId id) {
    const auto now = directory.snapshot();
    const auto provider = now->providers.find(id);
    if (provider == now->providers.end() || provider->second.settle_on.empty()) return std::vector{Verification::valid};
    return provider->second.settle_on;
  };
}

ReceiptDesk::ReceiptDesk(Store& store, const Clock& clock, Log& log, Settling settling, Hooks hooks)
    : store_(store), clock_(clock), log_(log), settling_(std::move(settling)), hooks_(std::move(hooks)) {}

tl::unexpected<Error> ReceiptDesk::failed(ProviderId provider, Error error) {
  counters_.with([&](auto& all) { ++all[provider].store_errors; });
  log_.error("MSO-3040", "receipts cannot be stored: the provider keeps its copies and reports them again. Check the disk",
             {{"provider", provider.to_string()}, {"code", error.code}, {"detail", error.detail}});
  return fail(std::move(error));
}

// A blob belongs to an organisation; what no delivery is known for yet lies under the provider's own id.
Result<std::vector<Receipt>> ReceiptDesk::keep_originals(ProviderId provider, std::span<const Receipt> receipts) {
  const auto owners = store_.receipts().owners(provider, receipts);
  if (!owners) return fail(Error(owners.error()));
  std::vector<Receipt> out(receipts.begin(), receipts.end());
  std::vector<NewBlob> originals;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (out[i].raw_bytes.empty()) continue;
    out[i].raw_owner = (*owners)[i].value_or(OrganisationId{provider.value});
    originals.push_back({out[i].raw_owner, out[i].raw_bytes});
  }
  auto blobs = store_.blobs().put_all(originals);
  if (!blobs) return fail(std::move(blobs.error()));
  for (auto blob = blobs->begin(); Receipt & receipt : out) {
    if (receipt.raw_bytes.empty()) continue;
    receipt.raw = *blob++;
    receipt.raw_bytes.clear();
  }
  return out;
}

Status ReceiptDesk::take(ProviderId provider, std::span<const Receipt> receipts, const PollState* poll) {
  if (receipts.empty() && poll == nullptr) return {};
  std::vector<Receipt> kept;
  if (std::ranges::any_of(receipts, [](const Receipt& r) { return !r.raw_bytes.empty(); })) {
    auto with_blobs = keep_originals(provider, receipts);
    if (!with_blobs) return failed(provider, std::move(with_blobs.error()));
    kept = std::move(*with_blobs);
    receipts = kept;
  }
  const std::vector<Verification> settling = settling_(provider);
  const Instant now = clock_.now();
  auto recorded = store_.receipts().record(provider, receipts, poll, settling, now);
  if (!recorded) {
    if (recorded.error().kind == ErrorKind::conflict) return fail(std::move(recorded.error()));  // another node has the mailbox
    return failed(provider, std::move(recorded.error()));
  }
  counters_.with([&](auto& all) {
    ReceiptCounters& sum = all[provider];
    sum.received += receipts.size();
    for (const Receipt& receipt : receipts) {
      if (std::ranges::find(settling, receipt.verification) == settling.end()) ++sum.not_settling;
    }
    for (std::size_t i = 0; i < recorded->size(); ++i) {
      const ReceiptRecorded& one = (*recorded)[i];
      if (one.duplicate) ++sum.duplicates;
      if (!one.duplicate && !one.delivery) ++sum.unmatched;
      if (one.changed) ++sum.changed;
      if (!one.duplicate && i < receipts.size()) count_meaning(sum, receipts[i], one, settling, now);
    }
  });
  if (hooks_.events_changed && !receipts.empty()) hooks_.events_changed();
  return {};
}

void ReceiptDesk::place_originals() {
  const auto misplaced = store_.receipts().misplaced(kPlacedAtOnce);
  if (!misplaced || misplaced->empty()) return;
  std::vector<MisplacedOriginal> placed;
  for (const MisplacedOriginal& one : *misplaced) {
    const auto size = store_.blobs().size(one.from, one.raw);
    const auto bytes = size ? store_.blobs().read(one.from, one.raw, 0, *size) : Result<std::string>(fail(Error(size.error())));
    const auto copied = bytes ? store_.blobs().put(one.to, *bytes) : Result<BlobId>(fail(Error(bytes.error())));
    // What is not there any more cannot be copied tomorrow either.
    const bool gone = !copied && (copied.error().kind == ErrorKind::not_found || copied.error().kind == ErrorKind::corrupt);
    if (copied || gone) placed.push_back(one);
    if (copied) continue;
    log_.error("MSO-3041", "the original of a receipt cannot be copied to its organisation and is tried again. Check the disk",
               {{"receipt", one.receipt.to_string()}, {"code", copied.error().code}, {"detail", copied.error().detail}});
    if (copied.error().kind == ErrorKind::unavailable) break;
  }
  if (!placed.empty()) static_cast<void>(store_.receipts().placed(placed));
}

}  // namespace messo
