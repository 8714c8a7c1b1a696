-- Topics that people left by their own word: no import and no comparison brings them back there.
CREATE TABLE IF NOT EXISTS topic_left (
  topic      INTEGER NOT NULL REFERENCES topic (id) ON DELETE CASCADE,
  subscriber INTEGER NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
  at_ms      INTEGER NOT NULL,
  PRIMARY KEY (topic, subscriber)
) STRICT, WITHOUT ROWID;
INSERT OR IGNORE INTO rule (sort, pattern, does, text, other) VALUES
  ('command', 'unsubscribe', 'unsubscribe', 'You get no more messages. Send "subscribe TOPIC" to come back.', '');

-- Files that go with messages. The bytes stand once, however many messages they go with, and last in the row: what
-- asks how old a file is does not read it.
CREATE TABLE file (
  sha256  TEXT PRIMARY KEY,          -- of the bytes, in hexadecimal digits
  kept_ms INTEGER NOT NULL,          -- when somebody last attached it
  bytes   BLOB NOT NULL
) STRICT;
CREATE INDEX file_kept ON file (kept_ms);
ALTER TABLE broadcast ADD COLUMN files TEXT NOT NULL DEFAULT '[]';  -- JSON array of name, media_type, size, sha256
-- Which messages name a file: the same as in `files`, for the question whether anybody does.
CREATE TABLE broadcast_file (
  broadcast INTEGER NOT NULL REFERENCES broadcast (id) ON DELETE CASCADE,
  sha256    TEXT NOT NULL,
  PRIMARY KEY (broadcast, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX broadcast_file_of ON broadcast_file (sha256);

-- Accepted deliveries that were taken back at their provider. They stay accepted: it was there.
CREATE TABLE taken_back (
  broadcast INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  at_ms     INTEGER NOT NULL,
  operator  TEXT NOT NULL,
  PRIMARY KEY (broadcast, seq)
) STRICT, WITHOUT ROWID;
