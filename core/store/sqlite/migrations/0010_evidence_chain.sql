-- The evidence chain (core/store/evidence_chain.hpp): which closed segment a piece of evidence is in; NULL: none yet.
ALTER TABLE as_sent ADD COLUMN segment INTEGER;
CREATE INDEX as_sent_unchained ON as_sent (organisation, at, attempt) WHERE segment IS NULL;
ALTER TABLE receipt ADD COLUMN segment INTEGER;
CREATE INDEX receipt_unchained ON receipt (organisation, received_at, id) WHERE segment IS NULL AND raw IS NOT NULL AND delivery IS NOT NULL;

CREATE TABLE evidence_segment (
  organisation BLOB NOT NULL, number INTEGER NOT NULL,
  leaves BLOB NOT NULL,   -- 32 bytes each; empty once retention has taken the last of its entries
  entries INTEGER NOT NULL,
  kept INTEGER NOT NULL,  -- of these, how many are still there
  root BLOB NOT NULL, previous BLOB NOT NULL, closed_at INTEGER NOT NULL, public_key BLOB NOT NULL, signature BLOB NOT NULL,
  PRIMARY KEY (organisation, number)
) STRICT, WITHOUT ROWID;

-- Never used: what it was meant for is in as_sent and receipt.
DROP TABLE evidence;
