-- Where a provider's plugin runs (model/words.hpp: Isolation) and the memory its own process may use, in MiB; 0: no limit.
ALTER TABLE provider ADD COLUMN isolation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE provider ADD COLUMN memory_mb INTEGER NOT NULL DEFAULT 512;
