// What makes a suppression, and what one does: pure, shared by every engine (decisions.hpp has the rest).
#pragma once
#include "model/notification.hpp"
#include "store/suppressions.hpp"

namespace messo::decisions {

// Whether what was said of a delivery suppresses its address, and as what: email only; refused, undelivered or complained about, with the
// destination as scope. Never for a full mailbox or what is tried again: those are not about the address itself. Nothing a test key did
// counts.
std::optional<SuppressionSource> suppression_by(Channel channel, KeyKind kind, const Outcome& outcome);
// `means`: what the receipt comes to (OnReceipt). One that does not settle suppresses nothing.
std::optional<SuppressionSource> suppression_by(Channel channel, KeyKind kind, const Receipt& receipt, ReceiptKind means, bool settles);
// The cheap part of it: nothing else has to be looked at when false.
inline bool may_suppress(const Outcome& o) { return o.kind == OutcomeKind::refused && o.scope == OutcomeScope::destination; }
inline bool is_complaint(const Receipt& r, ReceiptKind means) {
  return means == ReceiptKind::milestone && r.milestone == Milestone::complained;
}
inline bool may_suppress(const Receipt& r, ReceiptKind means, bool settles) {
  return settles && r.scope == OutcomeScope::destination && (means == ReceiptKind::undelivered || is_complaint(r, means));
}

// Of the event that ends a delivery for it: with a sentence for the sending office, without the address and without anybody's own words.
std::string suppressed_data(SuppressionSource source);

Error no_such_suppression();  // not_found "suppression_not_found"

}  // namespace messo::decisions
