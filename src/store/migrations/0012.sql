-- Files that go with messages. The bytes stand once, however many messages they go with.
CREATE TABLE file (
  sha256  TEXT PRIMARY KEY,          -- of the bytes, in hexadecimal digits
  bytes   BLOB NOT NULL,
  kept_ms INTEGER NOT NULL           -- when somebody last attached it
) STRICT;
ALTER TABLE broadcast ADD COLUMN files TEXT NOT NULL DEFAULT '[]';  -- JSON array of name, media_type, size, sha256
CREATE INDEX broadcast_files ON broadcast (id) WHERE files <> '[]';

-- Accepted deliveries that were taken back at their provider. They stay accepted: it was there.
CREATE TABLE taken_back (
  broadcast INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL,
  operator  TEXT NOT NULL,
  PRIMARY KEY (broadcast, seq)
) STRICT, WITHOUT ROWID;
