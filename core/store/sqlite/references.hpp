// Provider references and the receipts they match, inside a transaction.
#pragma once
#include "store/sqlite/change.hpp"

namespace messo::sqlite {

// A stored receipt, as far as applying it needs.
struct ReceiptRow {
  ReceiptId id;
  ProviderId provider;
  Receipt receipt;  // without references and texts, with what it teaches
  bool settles = false;
};

struct RefRow {
  DeliveryId delivery;
  AttemptId attempt;
  OrganisationId organisation;
  std::uint32_t part = 0;
};
std::optional<RefRow> find_ref(Connection& db, ProviderId provider, const Reference& reference);

// Whether the attempt's own row may keep its references instead of provider_ref: there is one, of a message in one part, and it carries the
// delivery's id as text, as a Message-ID of ours does.
bool names_itself(std::span<const Reference> references, DeliveryId delivery);

// Binds the receipt to the delivery of `ref` and applies it, with events; what it teaches becomes references of that attempt, and receipts
// that waited for one of those are applied too. True when it moved the state.
bool apply_receipt(Tx& tx, const ReceiptRow& receipt, const RefRow& ref, const Reference& named_by, Instant at);

// Writes the references of an attempt, unless its own row keeps them, and applies receipts that came before them.
struct AttemptReferences {
  ProviderId provider;
  AttemptId attempt;
  DeliveryId delivery;
  OrganisationId organisation;
  std::span<const Reference> references;
  bool in_own_row = false;
};
void add_references(Tx& tx, const AttemptReferences& of, Instant at);

// Keeps the references of a receipt that matches nothing yet, for the attempt to come, and what it teaches.
void put_waiting(Connection& db, ProviderId provider, ReceiptId id, const Receipt& receipt);

}  // namespace messo::sqlite
