-- Addresses to which courtesy messages do not go. The table of 0001 was never written to.
DROP TABLE suppression;
CREATE TABLE suppression (
  id BLOB PRIMARY KEY, organisation BLOB NOT NULL, channel INTEGER NOT NULL, address_hmac BLOB NOT NULL,
  address BLOB NOT NULL,  -- sealed, always
  source INTEGER NOT NULL, reason TEXT NOT NULL, since INTEGER NOT NULL, delivery BLOB, notification BLOB,
  UNIQUE (organisation, address_hmac)
) STRICT, WITHOUT ROWID;
CREATE INDEX suppression_list ON suppression (organisation, id);
-- What time ends; those people made (source 4) stay until somebody removes them.
CREATE INDEX suppression_since ON suppression (since) WHERE source <> 4;
