-- Evidence: messages as they were handed over. Their bytes are blobs of the organisation, named in blob_ref with owner_kind 3 and the attempt
-- as owner.
CREATE TABLE as_sent (
  attempt BLOB PRIMARY KEY, delivery BLOB NOT NULL, organisation BLOB NOT NULL, digest BLOB NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL,
  waits INTEGER NOT NULL  -- 1: certified mail whose acceptance has still to be looked for (EvidenceStore::late_acceptances)
) STRICT, WITHOUT ROWID;
CREATE INDEX as_sent_waits ON as_sent (at) WHERE waits = 1;

-- What a receipt speaks about (core/model/outcome.hpp: OutcomeScope).
ALTER TABLE receipt ADD COLUMN scope INTEGER NOT NULL DEFAULT 0;
-- Ids that a receipt without a delivery teaches, kept until it is matched; those of a matched one are in provider_ref.
CREATE TABLE receipt_learned (
  receipt BLOB NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (receipt, kind, value)
) STRICT, WITHOUT ROWID;
