#include "store/sqlite/references.hpp"

namespace messo::sqlite {
namespace {

constexpr char kFindRef[] =
    "SELECT delivery, attempt, organisation, part FROM provider_ref WHERE provider = ?1 AND kind = ?2 AND value = ?3";
// The newest attempt owns a reference: email sends every attempt under one Message-ID.
constexpr char kPutRef[] =
    "INSERT INTO provider_ref (provider, kind, value, part, organisation, delivery, attempt, delivered) VALUES (?1,?2,?3,?4,?5,?6,?7,0) "
    "ON CONFLICT DO UPDATE SET part = excluded.part, organisation = excluded.organisation, delivery = excluded.delivery, attempt = "
    "excluded.attempt, "
    "delivered = 0";
constexpr char kMarkDelivered[] = "UPDATE provider_ref SET delivered = 1 WHERE provider = ?1 AND kind = ?2 AND value = ?3";
constexpr char kUndeliveredPart[] = "SELECT 1 FROM provider_ref WHERE attempt = ?1 AND part <> ?2 AND delivered = 0";
constexpr char kBind[] = "UPDATE receipt SET delivery = ?2, attempt = ?3, organisation = ?4 WHERE id = ?1";
constexpr char kForgetRefs[] = "DELETE FROM receipt_ref WHERE receipt = ?1";
constexpr char kEarly[] =
    "SELECT r.id, r.kind, r.milestone, r.verification, r.settles, r.happened_at, r.code FROM receipt_ref f JOIN receipt r ON r.id = "
    "f.receipt "
    "WHERE f.provider = ?1 AND f.kind = ?2 AND f.value = ?3 ORDER BY r.id";

// Only when every part of a long message has arrived has the message arrived.
bool complete(Connection& db, ProviderId provider, const RefRow& ref, const Reference& named_by) {
  db.run(kMarkDelivered, provider, named_by.kind, named_by.value);
  return !db.query(kUndeliveredPart, ref.attempt, ref.part).next();
}

std::vector<ReceiptRow> early_receipts(Connection& db, ProviderId provider, const Reference& reference) {
  std::vector<ReceiptRow> out;
  for (Cursor row = db.query(kEarly, provider, reference.kind, reference.value); row.next();) {
    ReceiptRow& r = out.emplace_back();
    r.id = row->id<ReceiptId>(0);
    r.provider = provider;
    r.receipt.kind = row->as<ReceiptKind>(1);
    r.receipt.milestone = row->as<Milestone>(2);
    r.receipt.verification = row->as<Verification>(3);
    r.settles = row->number(4) != 0;
    r.receipt.at = row->instant(5);
    r.receipt.code = row->text(6);
  }
  return out;
}

}  // namespace

std::optional<RefRow> find_ref(Connection& db, ProviderId provider, const Reference& reference) {
  Cursor row = db.query(kFindRef, provider, reference.kind, reference.value);
  if (!row.next()) return {};
  return RefRow{row->id<DeliveryId>(0), row->id<AttemptId>(1), row->id<OrganisationId>(2), static_cast<std::uint32_t>(row->number(3))};
}

bool apply_receipt(Tx& tx, const ReceiptRow& receipt, const RefRow& ref, const Reference& named_by, Instant at) {
  tx.db.run(kBind, receipt.id, ref.delivery, ref.attempt, ref.organisation);
  tx.db.run(kForgetRefs, receipt.id);
  auto delivery = DeliveryChange::load(tx, ref.delivery);
  if (!delivery) return false;
  const bool all =
      receipt.settles && receipt.receipt.kind == ReceiptKind::delivered ? complete(tx.db, receipt.provider, ref, named_by) : true;
  const auto decision = decisions::on_receipt(delivery->state(), receipt.receipt, receipt.settles, all);
  delivery->add_milestone(decision.milestone);
  if (decision.changed) delivery->move(decision.state, at);
  delivery->event(decision.event, ref.attempt, at, decisions::receipt_data(receipt.receipt, receipt.provider));
  if (decision.newly_disputed) delivery->event(EventKind::disputed, ref.attempt, at, {});
  delivery->save();
  return decision.changed;
}

void add_references(Tx& tx, ProviderId provider, AttemptId attempt, DeliveryId delivery, OrganisationId organisation,
                    std::span<const Reference> references, Instant at) {
  for (const Reference& r : references) tx.db.run(kPutRef, provider, r.kind, r.value, r.part, organisation, delivery, attempt);
  for (const Reference& r : references) {
    for (const ReceiptRow& early : early_receipts(tx.db, provider, r))
      apply_receipt(tx, early, {delivery, attempt, organisation, r.part}, r, at);
  }
}

}  // namespace messo::sqlite
