-- How often another text took the place of an address: its id stays, because history points at it, so a plan
-- would not show that. Few addresses ever are repaired.
ALTER TABLE address ADD COLUMN repaired INTEGER NOT NULL DEFAULT 0;
CREATE INDEX address_repaired ON address (id, repaired) WHERE repaired > 0;
