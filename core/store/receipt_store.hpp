// Receipts and the references they are matched by (DESIGN §4 "References").
#pragma once
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/outcome.hpp"

namespace messo {

// Cursor and remembered ids of one mailbox or account; committed with the receipts it produced.
struct PollState {
  std::string mailbox;
  std::string cursor;
  std::vector<std::string> seen;  // newly seen ids, added to the set
};

struct ReceiptRecorded {
  ReceiptId id;
  bool duplicate = false;              // this (provider, dedupe key) was there already
  std::optional<DeliveryId> delivery;  // matched now; empty: kept until a reference appears
  bool changed = false;                // it moved the delivery's state
};

struct UnmatchedReceipt {
  ReceiptId id;
  ProviderId provider;
  Receipt receipt;
  Instant received_at{};
};

class ReceiptStore {
 public:
  virtual ~ReceiptStore() = default;

  // Stores receipts and applies those whose reference is known, within the provider only; the others stay and are matched in the
  // transaction that writes their reference. Only `settling` verifications (by default VALID) change states; all are kept and shown in the
  // timeline.
  virtual Result<std::vector<ReceiptRecorded>> record(ProviderId provider, std::span<const Receipt> receipts, const PollState* poll,
                                                      std::span<const Verification> settling, Instant now) = 0;
  virtual Result<std::vector<UnmatchedReceipt>> unmatched(std::optional<ProviderId> provider, std::size_t limit) = 0;
  virtual Result<std::string> poll_cursor(ProviderId provider, std::string_view mailbox) = 0;
  virtual Result<bool> poll_seen(ProviderId provider, std::string_view mailbox, std::string_view id) = 0;
};

}  // namespace messo
