-- Where an organisation's phone numbers without a country code are (ISO 3166-1 alpha-2); '': as the organisation above it.
ALTER TABLE organisation ADD COLUMN region TEXT NOT NULL DEFAULT '';
-- Alphanumeric senders of SMS and how they stand in AGCOM's register.
CREATE TABLE sms_sender (
  organisation BLOB NOT NULL, alias TEXT NOT NULL, state INTEGER NOT NULL, registered_on TEXT NOT NULL, note TEXT NOT NULL,
  PRIMARY KEY (organisation, alias)
) STRICT, WITHOUT ROWID;
