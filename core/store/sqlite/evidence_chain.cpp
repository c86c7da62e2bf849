#include "store/sqlite/evidence_chain.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "store/decisions.hpp"
#include "store/sqlite/chain.hpp"

namespace messo::sqlite {
namespace {

constexpr std::string_view kSeedName = "evidence_key";

#define MESSO_SENT_ENTRY "SELECT s.attempt, s.organisation, s.delivery, a.provider, s.digest, s.size, s.at, s.segment FROM as_sent s "
#define MESSO_RECEIPT_ENTRY                                                                                                         \
  "SELECT id, organisation, delivery, attempt, provider, raw, raw_owner, received_at, happened_at, kind, milestone, verification, " \
  "code, settles, public_text, segment FROM receipt "
#define MESSO_SEGMENT "SELECT organisation, number, entries, root, previous, closed_at, public_key, signature"

constexpr char kSentOfAttempt[] = MESSO_SENT_ENTRY "JOIN attempt a ON a.id = s.attempt WHERE s.attempt = ?1";
constexpr char kReceiptsOfDelivery[] = MESSO_RECEIPT_ENTRY "WHERE delivery = ?1 AND raw IS NOT NULL ORDER BY received_at, id LIMIT ?2";
constexpr char kSentWaits[] = MESSO_SENT_ENTRY
    "INDEXED BY as_sent_unchained JOIN attempt a ON a.id = s.attempt WHERE s.segment IS NULL AND s.organisation = ?1 "
    "ORDER BY s.at, s.attempt LIMIT ?2";
constexpr char kReceiptsWait[] = MESSO_RECEIPT_ENTRY
    "INDEXED BY receipt_unchained WHERE segment IS NULL AND raw IS NOT NULL AND delivery IS NOT NULL AND organisation = ?1 "
    "ORDER BY received_at, id LIMIT ?2";
constexpr char kCountSent[] =
    "SELECT organisation, count(*), min(at) FROM as_sent INDEXED BY as_sent_unchained WHERE segment IS NULL GROUP BY organisation";
constexpr char kCountReceipts[] =
    "SELECT organisation, count(*), min(received_at) FROM receipt INDEXED BY receipt_unchained WHERE segment IS NULL AND raw IS NOT NULL "
    "AND delivery IS NOT NULL GROUP BY organisation";
constexpr char kLastSegment[] = MESSO_SEGMENT " FROM evidence_segment WHERE organisation = ?1 ORDER BY number DESC LIMIT 1";
constexpr char kOneSegment[] = MESSO_SEGMENT ", leaves FROM evidence_segment WHERE organisation = ?1 AND number = ?2";
constexpr char kLastNumber[] = "SELECT max(number) FROM evidence_segment WHERE organisation = ?1";
constexpr char kPutSegment[] =
    "INSERT INTO evidence_segment (organisation, number, leaves, entries, kept, root, previous, closed_at, public_key, signature) VALUES "
    "(?1,?2,?3,?4,?4,?5,?6,?7,?8,?9)";
constexpr char kSentIsFree[] = "SELECT 1 FROM as_sent WHERE attempt = ?1 AND segment IS NULL";
constexpr char kReceiptIsFree[] = "SELECT 1 FROM receipt WHERE id = ?1 AND segment IS NULL AND delivery IS NOT NULL";
constexpr char kChainSent[] = "UPDATE as_sent SET segment = ?2 WHERE attempt = ?1";
constexpr char kChainReceipt[] = "UPDATE receipt SET segment = ?2 WHERE id = ?1";

EvidenceEntry sent_entry(const Statement& row) {
  EvidenceEntry out;
  out.kind = EvidenceKind::as_sent;
  out.attempt = row.id<AttemptId>(0);
  out.id = out.attempt.value;
  out.organisation = out.blob_owner = row.id<OrganisationId>(1);
  out.delivery = row.id<DeliveryId>(2);
  out.provider = row.id<ProviderId>(3);
  out.original = BlobId{row.digest(4)};
  out.size = static_cast<std::uint64_t>(row.number(5));
  out.at = row.instant(6);
  out.segment = row.maybe_number(7);
  return out;
}

EvidenceEntry receipt_entry(const Statement& row) {
  EvidenceEntry out;
  out.kind = EvidenceKind::receipt;
  out.id = row.uuid(0);
  out.organisation = row.id<OrganisationId>(1);
  out.delivery = row.id<DeliveryId>(2);
  out.attempt = row.id<AttemptId>(3);
  out.provider = row.id<ProviderId>(4);
  out.original = BlobId{row.digest(5)};
  out.blob_owner = row.null(6) ? out.organisation : row.id<OrganisationId>(6);
  out.at = row.instant(7);
  out.happened_at = row.instant(8);
  out.says = row.as<ReceiptKind>(9);
  out.milestone = row.as<Milestone>(10);
  out.verification = row.as<Verification>(11);
  out.code = row.text(12);
  out.settles = row.number(13) != 0;
  out.public_text = row.text(14);
  out.segment = row.maybe_number(15);
  return out;
}

void add_entries(std::vector<EvidenceEntry>& out, Cursor rows, EvidenceEntry (*read)(const Statement&)) {
  while (rows.next()) out.push_back(read(rows.row()));
}

std::vector<EvidenceEntry> oldest_first(std::vector<EvidenceEntry> entries, std::size_t limit) {
  std::ranges::sort(entries, {}, [](const EvidenceEntry& e) { return std::tuple(e.at, e.kind, e.id); });
  if (entries.size() > limit) entries.resize(limit);
  return entries;
}

EvidenceSegment read_segment(const Statement& row) {
  EvidenceSegment out;
  out.organisation = row.id<OrganisationId>(0);
  out.number = static_cast<std::uint64_t>(row.number(1));
  out.count = static_cast<std::uint64_t>(row.number(2));
  out.root = row.digest(3);
  out.previous = row.digest(4);
  out.closed_at = row.instant(5);
  out.public_key = row.text(6);
  out.signature = row.text(7);
  return out;
}

std::vector<Sha256> unpack_leaves(std::string_view bytes) {
  std::vector<Sha256> out(bytes.size() / sizeof(Sha256));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), out.size() * sizeof(Sha256));
  return out;
}

bool is_free(Connection& db, const EvidenceEntry& entry) {
  return db.query(entry.kind == EvidenceKind::as_sent ? kSentIsFree : kReceiptIsFree, entry.id).next();
}

}  // namespace

Result<std::vector<EvidenceEntry>> SqliteEvidenceChain::entries_of(NotificationId notification, std::size_t limit) {
  return database_.read([&](Connection& db) -> Result<std::vector<EvidenceEntry>> {
    std::vector<EvidenceEntry> out;
    for (const DeliveryId& delivery : delivery_ids(db, notification)) {
      for (const AttemptId& attempt : attempt_ids(db, delivery)) add_entries(out, db.query(kSentOfAttempt, attempt), &sent_entry);
      add_entries(out, db.query(kReceiptsOfDelivery, delivery, limit), &receipt_entry);
    }
    return oldest_first(std::move(out), limit);
  });
}

Result<std::vector<UnchainedEvidence>> SqliteEvidenceChain::unchained() {
  return database_.read([&](Connection& db) -> Result<std::vector<UnchainedEvidence>> {
    std::map<OrganisationId, UnchainedEvidence> sums;
    for (const char* sql : {kCountSent, kCountReceipts}) {
      for (Cursor row = db.query(sql); row.next();) {
        const auto organisation = row->id<OrganisationId>(0);
        const auto [at, is_new] = sums.try_emplace(organisation, UnchainedEvidence{organisation, 0, row->instant(2)});
        at->second.count += static_cast<std::uint64_t>(row->number(1));
        at->second.oldest = std::min(at->second.oldest, row->instant(2));
      }
    }
    std::vector<UnchainedEvidence> out;
    out.reserve(sums.size());
    for (const auto& [organisation, sum] : sums) out.push_back(sum);
    return out;
  });
}

Result<std::vector<EvidenceEntry>> SqliteEvidenceChain::unchained_of(OrganisationId organisation, std::size_t limit) {
  return database_.read([&](Connection& db) -> Result<std::vector<EvidenceEntry>> {
    std::vector<EvidenceEntry> out;
    add_entries(out, db.query(kSentWaits, organisation, limit), &sent_entry);
    add_entries(out, db.query(kReceiptsWait, organisation, limit), &receipt_entry);
    return oldest_first(std::move(out), limit);
  });
}

Result<std::optional<EvidenceSegment>> SqliteEvidenceChain::last_segment(OrganisationId organisation) {
  return database_.read([&](Connection& db) -> Result<std::optional<EvidenceSegment>> {
    Cursor row = db.query(kLastSegment, organisation);
    if (!row.next()) return std::optional<EvidenceSegment>{};
    return std::optional(read_segment(row.row()));
  });
}

Result<EvidenceSegment> SqliteEvidenceChain::segment(OrganisationId organisation, std::uint64_t number) {
  return database_.read([&](Connection& db) -> Result<EvidenceSegment> {
    Cursor row = db.query(kOneSegment, organisation, number);
    if (!row.next()) return fail(decisions::no_such_segment());
    EvidenceSegment out = read_segment(row.row());
    out.leaves = unpack_leaves(row->bytes(8));
    return out;
  });
}

Status SqliteEvidenceChain::close_segment(const EvidenceSegment& segment, std::span<const EvidenceEntry> entries) {
  std::string leaves;
  for (const Sha256& leaf : segment.leaves) leaves.append(as_text(leaf));
  return database_.write(Turn::background, entries.size() + 1, [&](Tx& tx) -> Status {
    {
      Cursor row = tx.db.query(kLastNumber, segment.organisation);
      row.next();
      if (static_cast<std::uint64_t>(row->number(0)) + 1 != segment.number) return fail(decisions::chain_moved());
    }
    for (const EvidenceEntry& entry : entries) {
      if (!is_free(tx.db, entry)) return fail(decisions::chain_moved());
    }
    tx.db.run(kPutSegment, segment.organisation, segment.number, Bytes{leaves}, segment.count, segment.root, segment.previous,
              segment.closed_at, Bytes{segment.public_key}, Bytes{segment.signature});
    for (const EvidenceEntry& entry : entries)
      tx.db.run(entry.kind == EvidenceKind::as_sent ? kChainSent : kChainReceipt, entry.id, segment.number);
    return {};
  });
}

Result<Secret> SqliteEvidenceChain::signing_seed(const Secret& fresh) {
  const std::string sealed = database_.sealer().seal(Sealer::Purpose::secret, fresh.reveal(), kSeedName);
  const auto kept = database_.write(Turn::work, 1, [&](Tx& tx) -> Result<std::string> {
    tx.db.run("INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING", kSeedName, Bytes{sealed});
    Cursor row = tx.db.query("SELECT value FROM setting WHERE name = ?1", kSeedName);
    row.next();
    return row->text(0);
  });
  if (!kept) return fail(Error(kept.error()));
  auto opened = database_.sealer().open(Sealer::Purpose::secret, *kept, kSeedName);
  if (!opened) return fail(std::move(opened.error()));
  return Secret(std::move(*opened));
}

}  // namespace messo::sqlite
