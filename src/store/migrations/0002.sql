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
