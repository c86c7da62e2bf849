-- The whole data model (DESIGN §3, §4). Rules:
--   ids are UUIDv7 as 16-byte BLOBs; times are Unix milliseconds; enums are the numbers of core/model (never renumbered);
--   every row that belongs to an organisation carries it; personal data is in `content` and `recipient*` only;
--   no foreign keys: see docs/decisions/0010-store-without-foreign-keys.md.

-- --- the store itself -----------------------------------------------------------------------------------------------------------------
CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
-- Running figures, written once per group commit: event_position, content, accepted, open, closed.N, audit, directory_version.
CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
-- Open deliveries by lane, written once per group commit, so that a start with a million queued rows counts nothing.
CREATE TABLE depth (
  organisation BLOB NOT NULL, service BLOB NOT NULL, pool TEXT NOT NULL, priority INTEGER NOT NULL,
  waiting INTEGER NOT NULL, in_hand INTEGER NOT NULL, awaiting_receipt INTEGER NOT NULL, in_doubt INTEGER NOT NULL,
  PRIMARY KEY (organisation, service, pool, priority)
) STRICT, WITHOUT ROWID;
CREATE TABLE node (name TEXT PRIMARY KEY, boot BLOB NOT NULL, version TEXT NOT NULL, started_at INTEGER NOT NULL, seen_at INTEGER NOT NULL)
  STRICT, WITHOUT ROWID;

-- --- directory ------------------------------------------------------------------------------------------------------------------------
CREATE TABLE organisation (
  id BLOB PRIMARY KEY, parent BLOB, key TEXT NOT NULL UNIQUE, name TEXT NOT NULL, weight INTEGER NOT NULL,
  hmac_key BLOB NOT NULL,  -- sealed
  retired INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE service (
  id BLOB PRIMARY KEY, organisation BLOB NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL, weight INTEGER NOT NULL,
  requests_per_second INTEGER NOT NULL, queued INTEGER NOT NULL, retired INTEGER NOT NULL, UNIQUE (organisation, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE sender (
  service BLOB NOT NULL, channel INTEGER NOT NULL, organisation BLOB NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL, reply_to TEXT NOT NULL,
  PRIMARY KEY (service, channel)
) STRICT, WITHOUT ROWID;
CREATE TABLE api_key (
  id BLOB PRIMARY KEY, organisation BLOB NOT NULL, service BLOB NOT NULL, name TEXT NOT NULL, kind INTEGER NOT NULL, scopes INTEGER NOT NULL,
  hash BLOB NOT NULL UNIQUE, created_at INTEGER NOT NULL, revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE provider (
  id BLOB PRIMARY KEY, key TEXT NOT NULL UNIQUE, plugin TEXT NOT NULL, channel INTEGER NOT NULL, pool TEXT NOT NULL, config TEXT NOT NULL,
  secrets BLOB NOT NULL,  -- sealed
  weight INTEGER NOT NULL, concurrency INTEGER NOT NULL, per_second INTEGER NOT NULL, per_minute INTEGER NOT NULL, per_day INTEGER NOT NULL,
  on_doubt INTEGER NOT NULL, retry_waits TEXT, retry_max INTEGER, enabled INTEGER NOT NULL, retired INTEGER NOT NULL, version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
-- None: the provider serves every organisation.
CREATE TABLE provider_organisation (provider BLOB NOT NULL, organisation BLOB NOT NULL, PRIMARY KEY (provider, organisation)) STRICT, WITHOUT ROWID;
CREATE TABLE pause (scope INTEGER NOT NULL, subject BLOB NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (scope, subject))
  STRICT, WITHOUT ROWID;
CREATE TABLE rate_bucket (provider BLOB NOT NULL, window TEXT NOT NULL, tokens REAL NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (provider, window))
  STRICT, WITHOUT ROWID;
CREATE TABLE audit (position INTEGER PRIMARY KEY, at INTEGER NOT NULL, organisation BLOB, actor TEXT NOT NULL, sentence TEXT NOT NULL) STRICT;

-- --- templates ------------------------------------------------------------------------------------------------------------------------
CREATE TABLE template (id BLOB PRIMARY KEY, organisation BLOB NOT NULL, key TEXT NOT NULL, UNIQUE (organisation, key)) STRICT, WITHOUT ROWID;
CREATE TABLE template_version (
  id BLOB NOT NULL UNIQUE, template BLOB NOT NULL, organisation BLOB NOT NULL, number INTEGER NOT NULL, state INTEGER NOT NULL,
  title TEXT NOT NULL, class INTEGER NOT NULL, default_language TEXT NOT NULL, definition TEXT NOT NULL, content_hash BLOB NOT NULL,
  created_at INTEGER NOT NULL, published_at INTEGER, UNIQUE (template, number)
) STRICT;
CREATE UNIQUE INDEX template_published ON template_version (template) WHERE state = 1;

-- --- notifications: the ledger --------------------------------------------------------------------------------------------------------
CREATE TABLE notification (
  id BLOB PRIMARY KEY, organisation BLOB NOT NULL, service BLOB NOT NULL, api_key BLOB NOT NULL, kind INTEGER NOT NULL,
  template_version BLOB NOT NULL, template_key TEXT NOT NULL, class INTEGER NOT NULL, priority INTEGER NOT NULL, language TEXT NOT NULL,
  status INTEGER NOT NULL, sequence INTEGER NOT NULL,  -- of its newest event
  accepted_at INTEGER NOT NULL, send_at INTEGER, ended_at INTEGER,
  reference TEXT NOT NULL, protocol TEXT NOT NULL, case_file TEXT NOT NULL, labels BLOB, batch BLOB,
  content INTEGER  -- row of `content`; NULL once pruned or erased
) STRICT, WITHOUT ROWID;
CREATE INDEX notification_service ON notification (service, id, accepted_at);
CREATE INDEX notification_reference ON notification (service, reference, id) WHERE reference <> '';
-- What people look for: everything but queued, sent, delivered and simulated, so that the usual path does not pay for it.
CREATE INDEX notification_trouble ON notification (service, status, id) WHERE status NOT IN (0, 1, 2, 9);
CREATE INDEX notification_batch ON notification (batch, id) WHERE batch IS NOT NULL;

-- Personal data. `recipient`, `data`, `attachments` are packed records (core/store/sqlite/codec.hpp), sealed when `sealed` is 1.
CREATE TABLE content (
  id INTEGER PRIMARY KEY, notification BLOB NOT NULL, organisation BLOB NOT NULL, sealed INTEGER NOT NULL,
  recipient BLOB NOT NULL, data BLOB NOT NULL, attachments BLOB
) STRICT;

CREATE TABLE plan_step (
  notification BLOB NOT NULL, position INTEGER NOT NULL, id BLOB NOT NULL, organisation BLOB NOT NULL, channel INTEGER NOT NULL, pool TEXT NOT NULL,
  success INTEGER NOT NULL, wait INTEGER, state INTEGER NOT NULL, PRIMARY KEY (notification, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE delivery (
  id BLOB PRIMARY KEY, notification BLOB NOT NULL, step BLOB NOT NULL, organisation BLOB NOT NULL, service BLOB NOT NULL,
  channel INTEGER NOT NULL, pool TEXT NOT NULL, priority INTEGER NOT NULL, batch BLOB, address_hmac BLOB NOT NULL,
  phase INTEGER NOT NULL, result INTEGER NOT NULL, disputed INTEGER NOT NULL, due_at INTEGER NOT NULL, expires_at INTEGER NOT NULL,
  attempts_counted INTEGER NOT NULL, crashes INTEGER NOT NULL, milestones INTEGER NOT NULL,
  attempt BLOB,  -- the newest
  closed_at INTEGER
) STRICT, WITHOUT ROWID;
-- The work index (DESIGN §4): only rows that wait (phase 1 = due), covering what dispatch reads.
CREATE INDEX delivery_work ON delivery (pool, priority, organisation, service, due_at, id, expires_at, batch) WHERE phase = 1;
CREATE INDEX delivery_expiry ON delivery (expires_at, id) WHERE phase = 1;
CREATE INDEX delivery_notification ON delivery (notification);
CREATE INDEX delivery_address ON delivery (organisation, address_hmac, notification);

CREATE TABLE attempt (
  id BLOB PRIMARY KEY, delivery BLOB NOT NULL, organisation BLOB NOT NULL, provider BLOB NOT NULL, node TEXT NOT NULL, boot BLOB NOT NULL,
  epoch INTEGER NOT NULL, leased_at INTEGER NOT NULL, handed_over_at INTEGER, ended_at INTEGER,
  outcome INTEGER, scope INTEGER NOT NULL, code TEXT NOT NULL, public_text TEXT NOT NULL, content_hash BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_delivery ON attempt (delivery, id);
CREATE INDEX attempt_open ON attempt (node, id) WHERE ended_at IS NULL;
CREATE TABLE attempt_checkpoint (attempt BLOB PRIMARY KEY, organisation BLOB NOT NULL, bytes BLOB NOT NULL) STRICT;

CREATE TABLE event (
  position INTEGER PRIMARY KEY,  -- commit order
  notification BLOB NOT NULL, sequence INTEGER NOT NULL, organisation BLOB NOT NULL, service BLOB NOT NULL, delivery BLOB, attempt BLOB,
  kind INTEGER NOT NULL, status INTEGER NOT NULL, at INTEGER NOT NULL, data TEXT
) STRICT;
CREATE UNIQUE INDEX event_timeline ON event (notification, sequence);

CREATE TABLE idempotency (
  id INTEGER PRIMARY KEY, organisation BLOB NOT NULL, service BLOB NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, notification BLOB NOT NULL,
  at INTEGER NOT NULL, UNIQUE (service, key)
) STRICT;
CREATE TABLE batch (
  id BLOB PRIMARY KEY, organisation BLOB NOT NULL, service BLOB NOT NULL, name TEXT NOT NULL, state INTEGER NOT NULL, total INTEGER NOT NULL,
  refused INTEGER NOT NULL, created_at INTEGER NOT NULL, ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE timer (kind INTEGER NOT NULL, subject BLOB NOT NULL, organisation BLOB, due_at INTEGER NOT NULL, PRIMARY KEY (kind, subject))
  STRICT, WITHOUT ROWID;
CREATE INDEX timer_due ON timer (due_at);

-- --- receipts -------------------------------------------------------------------------------------------------------------------------
CREATE TABLE provider_ref (
  provider BLOB NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, part INTEGER NOT NULL, organisation BLOB NOT NULL, delivery BLOB NOT NULL,
  attempt BLOB NOT NULL, delivered INTEGER NOT NULL, PRIMARY KEY (provider, kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX provider_ref_attempt ON provider_ref (attempt);
CREATE TABLE receipt (
  id BLOB PRIMARY KEY, organisation BLOB, provider BLOB NOT NULL, dedupe_key TEXT NOT NULL, kind INTEGER NOT NULL, milestone INTEGER NOT NULL,
  verification INTEGER NOT NULL, settles INTEGER NOT NULL, happened_at INTEGER NOT NULL, received_at INTEGER NOT NULL, code TEXT NOT NULL,
  public_text TEXT NOT NULL, raw BLOB, delivery BLOB, attempt BLOB, UNIQUE (provider, dedupe_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_delivery ON receipt (delivery) WHERE delivery IS NOT NULL;
CREATE INDEX receipt_unmatched ON receipt (received_at) WHERE delivery IS NULL;
-- The references of receipts that wait for theirs to appear.
CREATE TABLE receipt_ref (
  provider BLOB NOT NULL, kind TEXT NOT NULL, value TEXT NOT NULL, receipt BLOB NOT NULL, part INTEGER NOT NULL,
  PRIMARY KEY (provider, kind, value, receipt)
) STRICT, WITHOUT ROWID;
CREATE INDEX receipt_ref_receipt ON receipt_ref (receipt);
CREATE TABLE mailbox (provider BLOB NOT NULL, mailbox TEXT NOT NULL, cursor TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (provider, mailbox))
  STRICT, WITHOUT ROWID;
CREATE TABLE mailbox_seen (provider BLOB NOT NULL, mailbox TEXT NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (provider, mailbox, id))
  STRICT, WITHOUT ROWID;
CREATE INDEX mailbox_seen_at ON mailbox_seen (at);

-- --- blobs and evidence ---------------------------------------------------------------------------------------------------------------
CREATE TABLE blob (organisation BLOB NOT NULL, digest BLOB NOT NULL, size INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (organisation, digest))
  STRICT, WITHOUT ROWID;
-- Who names a blob. `owner` is a notification (kind 1), a receipt (kind 2) or an evidence (kind 3).
CREATE TABLE blob_ref (
  digest BLOB NOT NULL, organisation BLOB NOT NULL, owner_kind INTEGER NOT NULL, owner BLOB NOT NULL,
  PRIMARY KEY (digest, organisation, owner_kind, owner)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_ref_owner ON blob_ref (owner);
CREATE TABLE evidence (
  id BLOB PRIMARY KEY, organisation BLOB NOT NULL, notification BLOB NOT NULL, delivery BLOB NOT NULL, kind INTEGER NOT NULL, digest BLOB NOT NULL,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX evidence_delivery ON evidence (delivery);

-- --- call-backs -----------------------------------------------------------------------------------------------------------------------
CREATE TABLE callback_endpoint (
  id BLOB PRIMARY KEY, organisation BLOB NOT NULL, service BLOB NOT NULL, url TEXT NOT NULL, secret BLOB NOT NULL, kinds TEXT NOT NULL,
  cursor INTEGER NOT NULL, enabled INTEGER NOT NULL, failing_since INTEGER, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE callback_retry (
  endpoint BLOB NOT NULL, position INTEGER NOT NULL, organisation BLOB NOT NULL, attempts INTEGER NOT NULL, due_at INTEGER NOT NULL,
  code TEXT NOT NULL, PRIMARY KEY (endpoint, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX callback_retry_due ON callback_retry (due_at);

-- --- people: registry, wishes, suppression ----------------------------------------------------------------------------------------------
CREATE TABLE recipient (
  id BLOB PRIMARY KEY, organisation BLOB NOT NULL, external_key_hmac BLOB NOT NULL, sealed INTEGER NOT NULL, profile BLOB NOT NULL,
  language TEXT NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (organisation, external_key_hmac)
) STRICT, WITHOUT ROWID;
CREATE TABLE recipient_address (
  recipient BLOB NOT NULL, channel INTEGER NOT NULL, address_hmac BLOB NOT NULL, organisation BLOB NOT NULL, sealed INTEGER NOT NULL,
  address BLOB NOT NULL, verified_at INTEGER, PRIMARY KEY (recipient, channel, address_hmac)
) STRICT, WITHOUT ROWID;
CREATE INDEX recipient_address_hmac ON recipient_address (organisation, address_hmac);
CREATE TABLE preference (
  organisation BLOB NOT NULL, recipient BLOB NOT NULL, subject TEXT NOT NULL, channel INTEGER NOT NULL, allowed INTEGER NOT NULL,
  updated_at INTEGER NOT NULL, PRIMARY KEY (recipient, subject, channel)
) STRICT, WITHOUT ROWID;
CREATE TABLE suppression (
  organisation BLOB NOT NULL, address_hmac BLOB NOT NULL, channel INTEGER NOT NULL, reason INTEGER NOT NULL, source TEXT NOT NULL,
  since INTEGER NOT NULL, until INTEGER, PRIMARY KEY (organisation, address_hmac, channel)
) STRICT, WITHOUT ROWID;
