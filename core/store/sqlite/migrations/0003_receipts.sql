-- Receipts in full: call-back tokens, settling verifications, originals under the organisation they turn out to belong to, mailboxes polled
-- under a lease, items that cannot be taken in quarantine.
ALTER TABLE provider ADD COLUMN settle_on TEXT NOT NULL DEFAULT '';  -- "1,4": verifications; '': valid alone
ALTER TABLE provider ADD COLUMN callback_token BLOB;  -- sealed; NULL: takes no calls

-- Whose blob the original is: the organisation's, or the provider's id while no delivery is known.
ALTER TABLE receipt ADD COLUMN raw_owner BLOB;
CREATE INDEX receipt_misplaced ON receipt (id) WHERE raw IS NOT NULL AND delivery IS NOT NULL AND raw_owner <> organisation;

-- Who polls a mailbox: a node's run, until then.
ALTER TABLE mailbox ADD COLUMN node TEXT NOT NULL DEFAULT '';
ALTER TABLE mailbox ADD COLUMN boot BLOB;
ALTER TABLE mailbox ADD COLUMN leased_until INTEGER NOT NULL DEFAULT 0;
-- Told to the provider: its copy may go.
ALTER TABLE mailbox_seen ADD COLUMN acked INTEGER NOT NULL DEFAULT 0;
CREATE INDEX mailbox_unacked ON mailbox_seen (provider, mailbox, at) WHERE acked = 0;

-- Items of mailboxes that could not be taken: tried again (state 0), or waiting for an operator (state 1).
CREATE TABLE quarantine (
  id BLOB PRIMARY KEY, provider BLOB NOT NULL, mailbox TEXT NOT NULL, item TEXT NOT NULL, state INTEGER NOT NULL, tries INTEGER NOT NULL,
  code TEXT NOT NULL, problem TEXT NOT NULL, raw BLOB, size INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
  UNIQUE (provider, mailbox, item)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_waiting ON quarantine (last_at) WHERE state = 1;
