-- Everything held back at once, and moments that lie ahead.

-- One row while nothing may leave: who stopped everything, when and why.
CREATE TABLE halt (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  at_ms    INTEGER NOT NULL,
  operator TEXT NOT NULL,
  reason   TEXT NOT NULL DEFAULT ''
) STRICT;

-- While a broadcast is staged, a lane lets out no delivery behind this one.
ALTER TABLE lane ADD COLUMN stage_to INTEGER;

-- A message that goes out again and again: each time a copy of its draft is released.
CREATE TABLE recurring (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  draft        INTEGER NOT NULL REFERENCES broadcast (id),
  cron         TEXT NOT NULL,           -- five fields and a time zone
  max_audience INTEGER NOT NULL,        -- an occurrence for more people waits for a person
  next_ms      INTEGER NOT NULL,
  paused       TEXT,                    -- why it stands still, if it does
  created_by   TEXT NOT NULL,
  created_ms   INTEGER NOT NULL,
  removed_ms   INTEGER
) STRICT;
-- The occurrence that a broadcast is; one that is still a draft was not released yet.
ALTER TABLE broadcast ADD COLUMN recurring INTEGER;
CREATE INDEX broadcast_recurring ON broadcast (recurring, id) WHERE recurring IS NOT NULL;

-- 1: whoever is refused for good on one channel gets it on the next; those addresses wait as skipped deliveries.
ALTER TABLE broadcast ADD COLUMN fallback INTEGER NOT NULL DEFAULT 0;

-- By broadcast first: a release appends to it. By person first, each release wrote into every page of it, and took
-- longer with each broadcast before it. What one person got is asked for broadcast by broadcast.
DROP INDEX delivery_person;
CREATE INDEX delivery_person ON delivery (broadcast, subscriber);
