// Provider references and the receipts they match, inside a transaction.
#pragma once
#include "store/sqlite/change.hpp"

namespace messo::sqlite {

// A stored receipt, as far as applying it needs.
struct ReceiptRow {
  ReceiptId id;
  ProviderId provider;
  Receipt receipt;  // without references and texts
  bool settles = false;
};

struct RefRow {
  DeliveryId delivery;
  AttemptId attempt;
  OrganisationId organisation;
  std::uint32_t part = 0;
};
std::optional<RefRow> find_ref(Connection& db, ProviderId provider, const Reference& reference);

// Binds the receipt to the delivery of `ref` and applies it, with events. True when it moved the state.
bool apply_receipt(Tx& tx, const ReceiptRow& receipt, const RefRow& ref, const Reference& named_by, Instant at);

// Writes the references of an attempt and applies receipts that came before them.
void add_references(Tx& tx, ProviderId provider, AttemptId attempt, DeliveryId delivery, OrganisationId organisation,
                    std::span<const Reference> references, Instant at);

}  // namespace messo::sqlite
