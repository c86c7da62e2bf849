-- Deliveries in doubt: a row while it lasts, so that operators find the few among the many and providers are asked in time.
CREATE TABLE doubt (
  delivery BLOB PRIMARY KEY, notification BLOB NOT NULL, organisation BLOB NOT NULL, service BLOB NOT NULL, provider BLOB NOT NULL,
  attempt BLOB NOT NULL, since INTEGER NOT NULL,
  held INTEGER NOT NULL,  -- core/store/doubts.hpp: Held
  asks INTEGER NOT NULL, asked_at INTEGER,
  ask_at INTEGER,             -- when the provider is asked next, if it is one that is asked; NULL: an operator decides
  requested INTEGER NOT NULL  -- 1: an operator wants it asked, whatever the provider's on_doubt
) STRICT, WITHOUT ROWID;
CREATE INDEX doubt_since ON doubt (since, delivery);
CREATE INDEX doubt_provider ON doubt (provider, since, delivery);
CREATE INDEX doubt_ask ON doubt (provider, ask_at) WHERE ask_at IS NOT NULL;
CREATE INDEX doubt_requested ON doubt (provider) WHERE requested = 1;
INSERT INTO doubt (delivery, notification, organisation, service, provider, attempt, since, held, asks, ask_at, requested)
  SELECT d.id, d.notification, d.organisation, d.service, a.provider, a.id, coalesce(a.ended_at, a.leased_at),
    CASE WHEN d.crashes >= 3 THEN 1 ELSE 0 END, 0, CASE WHEN d.crashes >= 3 THEN NULL ELSE coalesce(a.ended_at, a.leased_at) END, 0
  FROM delivery d JOIN attempt a ON a.id = d.attempt WHERE d.phase = 5;

-- What two crashes found in hand goes alone the next time (docs/decisions/0012-suspects-go-alone.md).
CREATE INDEX delivery_suspect ON delivery (id) WHERE phase = 1 AND crashes >= 2;
