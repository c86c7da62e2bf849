-- Look-up by person. Addresses come in any order: as an index they would cost every message a page. So they are written down as they come and
-- sorted in great numbers later (core/store/sqlite/address_sorter.hpp); a look-up reads both tables.
-- docs/decisions/0040-what-a-message-costs-the-writer.md
CREATE TABLE address (
  organisation BLOB NOT NULL, address_hmac BLOB NOT NULL, notification BLOB NOT NULL, PRIMARY KEY (organisation, address_hmac, notification)
) STRICT, WITHOUT ROWID;
CREATE TABLE address_recent (position INTEGER PRIMARY KEY, organisation BLOB NOT NULL, address_hmac BLOB NOT NULL, notification BLOB NOT NULL)
  STRICT;
INSERT INTO address SELECT DISTINCT organisation, address_hmac, notification FROM delivery ORDER BY 1, 2, 3;
DROP INDEX delivery_address;
