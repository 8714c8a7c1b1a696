-- What came of comparing a channel with its provider's list, step by step, so that it can be taken back.
CREATE TABLE sync (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  channel   INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
  operator  TEXT NOT NULL,
  at_ms     INTEGER NOT NULL,
  undone_ms INTEGER
) STRICT;
CREATE INDEX sync_channel ON sync (channel, id);
CREATE TABLE sync_step (
  sync  INTEGER NOT NULL REFERENCES sync (id) ON DELETE CASCADE,
  no    INTEGER NOT NULL,
  steps TEXT NOT NULL,                 -- JSON array, in the order in which they were done
  PRIMARY KEY (sync, no)
) STRICT, WITHOUT ROWID;

-- A QR code that somebody can follow by: what the provider carries back (`scene`) says which topic and tags.
CREATE TABLE invite (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  channel  INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
  scene    TEXT NOT NULL,
  topic    INTEGER REFERENCES topic (id) ON DELETE SET NULL,
  tags     TEXT NOT NULL DEFAULT '[]', -- JSON array of names
  made_ms  INTEGER NOT NULL,
  until_ms INTEGER NOT NULL,
  came     INTEGER NOT NULL DEFAULT 0, -- how many people came by it
  UNIQUE (channel, scene)
) STRICT;

-- What the provider calls a list of its own, as far as its answers say.
ALTER TABLE topic_remote ADD COLUMN name TEXT NOT NULL DEFAULT '';
