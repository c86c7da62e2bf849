#include "store/sqlite/references.hpp"

#include <map>

#include "store/sqlite/database.hpp"

namespace messo::sqlite {
namespace {

constexpr char kFindRef[] =
    "SELECT delivery, attempt, organisation, part FROM provider_ref WHERE provider = ?1 AND kind = ?2 AND value = ?3";
// The newest attempt owns a reference: email sends every attempt under one Message-ID. One named twice for an attempt, before it left and
// with its outcome, may have a receipt already.
constexpr char kPutRef[] =
    "INSERT INTO provider_ref (provider, kind, value, part, organisation, delivery, attempt, delivered) VALUES (?1,?2,?3,?4,?5,?6,?7,0) "
    "ON CONFLICT DO UPDATE SET part = excluded.part, organisation = excluded.organisation, delivery = excluded.delivery, attempt = "
    "excluded.attempt, "
    "delivered = CASE WHEN attempt = excluded.attempt THEN delivered ELSE 0 END";
constexpr char kMarkDelivered[] = "UPDATE provider_ref SET delivered = 1 WHERE provider = ?1 AND kind = ?2 AND value = ?3";
// A part may have several ids: it has arrived when one of them has.
constexpr char kUndeliveredPart[] =
    "SELECT 1 FROM provider_ref u WHERE u.attempt = ?1 AND u.part <> ?2 AND u.delivered = 0 AND NOT EXISTS (SELECT 1 FROM provider_ref d "
    "WHERE d.attempt = u.attempt AND d.part = u.part AND d.delivered = 1)";
// A reference of another delivery's stays where it is: a receipt must not take it over.
constexpr char kPutLearned[] =
    "INSERT INTO provider_ref (provider, kind, value, part, organisation, delivery, attempt, delivered) VALUES (?1,?2,?3,?4,?5,?6,?7,0) "
    "ON CONFLICT DO UPDATE SET attempt = excluded.attempt WHERE delivery = excluded.delivery";
constexpr char kPutLearnedWaiting[] = "INSERT INTO receipt_learned (receipt, kind, value) VALUES (?1,?2,?3) ON CONFLICT DO NOTHING";
constexpr char kLearned[] = "SELECT kind, value FROM receipt_learned WHERE receipt = ?1";
constexpr char kForgetLearned[] = "DELETE FROM receipt_learned WHERE receipt = ?1";
constexpr char kBind[] = "UPDATE receipt SET delivery = ?2, attempt = ?3, organisation = ?4 WHERE id = ?1";
constexpr char kForgetRefs[] = "DELETE FROM receipt_ref WHERE receipt = ?1";
// Among the attempts of the delivery whose id the reference carries, the newest first.
constexpr char kFindNamed[] =
    "WITH RECURSIVE chain (id) AS (SELECT attempt FROM delivery WHERE id = ?1 UNION ALL SELECT a.previous FROM chain c JOIN attempt a ON "
    "a.id = c.id WHERE a.previous IS NOT NULL) SELECT a.delivery, a.id, a.organisation FROM chain c JOIN attempt a ON a.id = c.id WHERE "
    "a.provider = ?2 AND a.ref_kind = ?3 AND a.ref_value = ?4 LIMIT 1";
constexpr char kPutWaiting[] =
    "INSERT INTO receipt_ref (provider, kind, value, receipt, part) VALUES (?1,?2,?3,?4,?5) ON CONFLICT DO NOTHING";
constexpr char kAnyWaiting[] = "SELECT 1 FROM receipt_ref LIMIT 1";
constexpr char kEarly[] =
    "SELECT r.id, r.kind, r.milestone, r.verification, r.settles, r.happened_at, r.code, r.scope FROM receipt_ref f JOIN receipt r ON r.id "
    "= "
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
    r.receipt.scope = row->as<OutcomeScope>(7);
  }
  for (ReceiptRow& r : out) {
    for (Cursor row = db.query(kLearned, r.id); row.next();) r.receipt.learned.push_back({row->text(0), row->text(1), 0});
  }
  return out;
}

// References that became known, with receipts waiting for some of them perhaps.
struct KnownReference {
  RefRow to;
  Reference reference;
};

std::vector<KnownReference> learn(Connection& db, const ReceiptRow& receipt, const RefRow& ref) {
  std::vector<KnownReference> out;
  for (Reference learned : receipt.receipt.learned) {
    learned.part = ref.part;
    db.run(kPutLearned, receipt.provider, learned.kind, learned.value, learned.part, ref.organisation, ref.delivery, ref.attempt);
    if (db.changes() > 0) out.push_back({ref, std::move(learned)});
  }
  return out;
}

bool apply_one(Tx& tx, const ReceiptRow& receipt, const RefRow& ref, const Reference& named_by, Instant at) {
  tx.db.run(kBind, receipt.id, ref.delivery, ref.attempt, ref.organisation);
  tx.db.run(kForgetRefs, receipt.id);
  if (!receipt.receipt.learned.empty()) tx.db.run(kForgetLearned, receipt.id);
  auto delivery = DeliveryChange::load(tx, ref.delivery);
  if (!delivery) return false;
  const bool all =
      receipt.settles && receipt.receipt.kind == ReceiptKind::delivered ? complete(tx.db, receipt.provider, ref, named_by) : true;
  const Phase was = delivery->state().phase;
  const auto decision = decisions::on_receipt(delivery->state(), delivery->milestones(), receipt.receipt, receipt.settles, all);
  delivery->add_milestone(decision.milestone);
  if (decision.changed) delivery->move(decision.state, at);
  if (delivery->state().phase == Phase::awaiting_receipt && was != Phase::awaiting_receipt) delivery->await_receipt(at);
  delivery->event(decision.event, ref.attempt, at, decisions::receipt_data(receipt.receipt, decision, receipt.provider));
  suppress_address(tx, ref.delivery, receipt.receipt, decision.means, receipt.settles, at);
  if (decision.newly_disputed) delivery->event(EventKind::disputed, ref.attempt, at, {});
  delivery->save();
  return decision.changed;
}

// Each receipt that waited is applied once, the oldest first, and may teach more references: a list, not a recursion.
void match_waiting(Tx& tx, ProviderId provider, std::vector<KnownReference> known, Instant at) {
  std::map<ReceiptId, std::pair<ReceiptRow, KnownReference>> matched;
  for (;;) {
    if (!known.empty() && tx.db.any(&RareRows::receipts_wait, kAnyWaiting)) {
      for (const KnownReference& one : known) {
        for (ReceiptRow& early : early_receipts(tx.db, provider, one.reference))
          matched.try_emplace(early.id, std::pair(std::move(early), one));
      }
    }
    if (matched.empty()) return;
    const auto next = matched.extract(matched.begin());
    const auto& [receipt, by] = next.mapped();
    apply_one(tx, receipt, by.to, by.reference, at);
    known = receipt.settles ? learn(tx.db, receipt, by.to) : std::vector<KnownReference>{};
  }
}

// The first id in canonical text within the value.
std::optional<Uuid> id_within(std::string_view value) {
  constexpr std::size_t kBeforeDash = 8, kIdText = 36;
  for (auto dash = value.find('-'); dash != std::string_view::npos; dash = value.find('-', dash + 1)) {
    if (dash < kBeforeDash) continue;
    if (const auto id = Uuid::parse(value.substr(dash - kBeforeDash, kIdText))) return id;
  }
  return {};
}

std::optional<RefRow> find_named(Connection& db, ProviderId provider, const Reference& reference) {
  const auto delivery = id_within(reference.value);
  if (!delivery) return {};
  Cursor row = db.query(kFindNamed, *delivery, provider, reference.kind, reference.value);
  if (!row.next()) return {};
  return RefRow{row->id<DeliveryId>(0), row->id<AttemptId>(1), row->id<OrganisationId>(2), 0};
}

}  // namespace

std::optional<RefRow> find_ref(Connection& db, ProviderId provider, const Reference& reference) {
  const auto named = find_named(db, provider, reference);
  Cursor row = db.query(kFindRef, provider, reference.kind, reference.value);
  if (!row.next()) return named;
  const RefRow listed{row->id<DeliveryId>(0), row->id<AttemptId>(1), row->id<OrganisationId>(2),
                      static_cast<std::uint32_t>(row->number(3))};
  return named && named->attempt > listed.attempt ? *named : listed;
}

bool names_itself(std::span<const Reference> references, DeliveryId delivery) {
  return references.size() == 1 && references[0].part == 0 && id_within(references[0].value) == delivery.value;
}

void put_waiting(Connection& db, ProviderId provider, ReceiptId id, const Receipt& receipt) {
  if (!receipt.references.empty()) db.rare().receipts_wait = true;
  for (const Reference& r : receipt.references) db.run(kPutWaiting, provider, r.kind, r.value, id, r.part);
  for (const Reference& r : receipt.learned) db.run(kPutLearnedWaiting, id, r.kind, r.value);
}

bool apply_receipt(Tx& tx, const ReceiptRow& receipt, const RefRow& ref, const Reference& named_by, Instant at) {
  const bool changed = apply_one(tx, receipt, ref, named_by, at);
  if (receipt.settles && !receipt.receipt.learned.empty()) match_waiting(tx, receipt.provider, learn(tx.db, receipt, ref), at);
  return changed;
}

void add_references(Tx& tx, const AttemptReferences& of, Instant at) {
  if (!of.in_own_row) {
    for (const Reference& r : of.references)
      tx.db.run(kPutRef, of.provider, r.kind, r.value, r.part, of.organisation, of.delivery, of.attempt);
  }
  if (!tx.db.any(&RareRows::receipts_wait, kAnyWaiting)) return;
  std::vector<KnownReference> known;
  known.reserve(of.references.size());
  for (const Reference& r : of.references) known.push_back({{of.delivery, of.attempt, of.organisation, r.part}, r});
  match_waiting(tx, of.provider, std::move(known), at);
}

}  // namespace messo::sqlite
