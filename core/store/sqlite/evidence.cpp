#include "store/sqlite/evidence.hpp"

#include "store/sqlite/chain.hpp"
#include "store/sqlite/references.hpp"

namespace messo::sqlite {
namespace {

constexpr char kAttemptOut[] =
    "SELECT a.delivery, a.organisation, a.provider, d.channel, a.ref_value FROM attempt a JOIN delivery d ON d.id = a.delivery "
    "WHERE a.id = ?1 AND a.ended_at IS NULL AND d.phase = ?2";
constexpr char kKeptDigest[] = "SELECT digest FROM as_sent WHERE attempt = ?1";
constexpr char kPutAsSent[] =
    "INSERT INTO as_sent (attempt, delivery, organisation, digest, size, at, waits) VALUES (?1,?2,?3,?4,?5,?6,?7)";
constexpr char kPutAsSentRef[] =
    "INSERT INTO blob_ref (digest, organisation, owner_kind, owner) VALUES (?1,?2,3,?3) ON CONFLICT DO NOTHING";
constexpr char kNameAttempt[] = "UPDATE attempt SET ref_kind = ?2, ref_value = ?3 WHERE id = ?1";
constexpr char kAsSent[] = "SELECT attempt, delivery, organisation, digest, size, at FROM as_sent WHERE attempt = ?1";
constexpr char kWaits[] =
    "SELECT s.attempt, s.at, d.attempt, d.phase, d.milestones FROM as_sent s INDEXED BY as_sent_waits JOIN delivery d ON d.id = s.delivery "
    "WHERE s.waits = 1 AND s.at < ?1 ORDER BY s.at LIMIT ?2";
constexpr char kWaitsNoMore[] = "UPDATE as_sent SET waits = 0 WHERE attempt = ?1";

struct Waiting {
  LateAcceptances late;
  std::vector<AttemptId> settled;
  std::size_t seen = 0;
};

Waiting read_waiting(Connection& db, Instant before) {
  Waiting out;
  for (Cursor row = db.query(kWaits, before, LateAcceptances::kMostCounted); row.next();) {
    ++out.seen;
    const auto attempt = row->id<AttemptId>(0);
    const bool newest = row->maybe_id<AttemptId>(2) == attempt;
    if (newest && decisions::acceptance_is_due(row->as<Phase>(3), static_cast<std::uint32_t>(row->number(4)))) {
      if (++out.late.count == 1) out.late.oldest = row->instant(1);
    } else {
      out.settled.push_back(attempt);
    }
  }
  return out;
}

struct AttemptOut {
  AttemptReferences references;
  Channel channel{};
};

std::optional<AttemptOut> find_out(Connection& db, AttemptId attempt, std::span<const Reference> references) {
  Cursor row = db.query(kAttemptOut, attempt, Phase::handed_over);
  if (!row.next()) return {};
  AttemptOut out{{row->id<ProviderId>(2), attempt, row->id<DeliveryId>(0), row->id<OrganisationId>(1), references, false},
                 row->as<Channel>(3)};
  out.references.in_own_row = row->null(4) && names_itself(references, out.references.delivery);
  return out;
}

void put_references(Tx& tx, const AttemptReferences& of, Instant now) {
  if (of.in_own_row) tx.db.run(kNameAttempt, of.attempt, of.references[0].kind, of.references[0].value);
  if (!of.references.empty()) add_references(tx, of, now);
}

}  // namespace

Status SqliteEvidence::expect(AttemptId attempt, std::span<const Reference> references, Instant now) {
  return database_.write(Turn::work, references.size(), [&](Tx& tx) -> Status {
    const auto out = find_out(tx.db, attempt, references);
    if (!out) return fail(decisions::no_such_attempt());
    put_references(tx, out->references, now);
    return {};
  });
}

Status SqliteEvidence::keep(AttemptId attempt, const BlobId& bytes, std::uint64_t size, std::span<const Reference> references,
                            Instant now) {
  return database_.write(Turn::work, 1 + references.size(), [&](Tx& tx) -> Status {
    const auto out = find_out(tx.db, attempt, references);
    if (!out) return fail(decisions::no_such_attempt());
    const AttemptReferences& of = out->references;
    {
      Cursor row = tx.db.query(kKeptDigest, attempt);
      if (row.next()) return row->digest(0) == bytes.digest ? Status{} : Status(fail(decisions::kept_otherwise()));
    }
    tx.db.run(kPutAsSent, attempt, of.delivery, of.organisation, bytes.digest, size, now, out->channel == Channel::pec);
    tx.db.run(kPutAsSentRef, bytes.digest, of.organisation, attempt);
    put_references(tx, of, now);
    return {};
  });
}

Result<std::vector<AsSent>> SqliteEvidence::as_sent(DeliveryId delivery) {
  return database_.read([&](Connection& db) -> Result<std::vector<AsSent>> {
    std::vector<AsSent> out;
    for (const AttemptId& attempt : attempt_ids(db, delivery)) {
      Cursor row = db.query(kAsSent, attempt);
      if (!row.next()) continue;
      out.push_back({row->id<AttemptId>(0), row->id<DeliveryId>(1), row->id<OrganisationId>(2), BlobId{row->digest(3)},
                     static_cast<std::uint64_t>(row->number(4)), row->instant(5)});
    }
    return out;
  });
}

Result<LateAcceptances> SqliteEvidence::late_acceptances(Instant before) {
  for (;;) {
    const auto waiting = database_.read([&](Connection& db) -> Result<Waiting> { return read_waiting(db, before); });
    if (!waiting) return fail(waiting.error());
    if (waiting->settled.empty()) return waiting->late;
    const Status marked = database_.write(Turn::background, waiting->settled.size(), [&](Tx& tx) -> Status {
      for (const AttemptId& attempt : waiting->settled) tx.db.run(kWaitsNoMore, attempt);
      return {};
    });
    if (!marked) return fail(marked.error());
    if (waiting->seen < LateAcceptances::kMostCounted) return waiting->late;
  }
}

}  // namespace messo::sqlite
