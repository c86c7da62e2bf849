-- What SMS may take on a day, and what a segment costs; costs in millionths of a euro. 0: no limit, not known.
ALTER TABLE organisation ADD COLUMN sms_segments_per_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE organisation ADD COLUMN sms_cost_per_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE service ADD COLUMN sms_segments_per_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE service ADD COLUMN sms_cost_per_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE provider ADD COLUMN segment_cost INTEGER NOT NULL DEFAULT 0;
-- What they took: day since 1970-01-01; kind 1 an organisation with all below it, 2 a service.
CREATE TABLE sms_spent (
  day INTEGER NOT NULL, kind INTEGER NOT NULL, owner BLOB NOT NULL, segments INTEGER NOT NULL, cost INTEGER NOT NULL,
  PRIMARY KEY (day, kind, owner)
) STRICT, WITHOUT ROWID;
