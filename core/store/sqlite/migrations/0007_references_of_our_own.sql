-- The one reference of an attempt that carries its delivery's id (a Message-ID of ours) is found by that id and needs no row and no index of
-- its own: docs/decisions/0040-what-a-message-costs-the-writer.md. All others stay in provider_ref.
ALTER TABLE attempt ADD COLUMN ref_kind TEXT;
ALTER TABLE attempt ADD COLUMN ref_value TEXT;
