-- Providers of certified mail limit a mailbox by the hour, too.
ALTER TABLE provider ADD COLUMN per_hour INTEGER NOT NULL DEFAULT 0;
