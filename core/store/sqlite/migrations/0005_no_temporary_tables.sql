-- The same rows, said with comparisons: SQLite keeps a list of more than two values in a temporary table, which each insert and each change of
-- a notification would build (docs/decisions/0040-what-a-message-costs-the-writer.md).
DROP INDEX notification_trouble;
CREATE INDEX notification_trouble ON notification (service, status, id) WHERE status > 2 AND status <> 9;
