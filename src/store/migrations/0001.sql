-- The first schema. Migrations are append-only: this file never changes once released.
-- Times are milliseconds since 1970 UTC. States and classes are the codes of `domain::delivery`.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Data keys, wrapped by the store key that lies outside the store.
CREATE TABLE seal_key (
  purpose TEXT PRIMARY KEY,            -- credential | address | lookup
  wrapped BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Who may send. `epoch` only grows; every record of an answer is fenced by it.
CREATE TABLE sender (
  id         INTEGER PRIMARY KEY CHECK (id = 1),
  epoch      INTEGER NOT NULL,
  pid        INTEGER,
  started_ms INTEGER,
  beat_ms    INTEGER
) STRICT;
INSERT INTO sender (id, epoch) VALUES (1, 0);

-- What changed, for consoles that saw `data_version` move.
CREATE TABLE change (
  topic TEXT PRIMARY KEY,              -- broadcasts | people | topics | channels | inbox
  n     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO change (topic, n) VALUES ('broadcasts', 0), ('people', 0), ('topics', 0), ('channels', 0), ('inbox', 0);

-- ── Channels ────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE channel (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  name         TEXT NOT NULL,
  kind         TEXT NOT NULL,
  settings     TEXT NOT NULL DEFAULT '{}',       -- JSON object of text values
  state        TEXT NOT NULL DEFAULT 'active',   -- active | paused
  pause_reason TEXT,
  pause_detail TEXT,
  verified_ms  INTEGER,
  verified_ok  INTEGER,                          -- 1 proven, 0 refused
  verified_text TEXT,
  addresses    INTEGER NOT NULL DEFAULT 0,       -- usable ones of people who are there; kept as they change
  version      INTEGER NOT NULL DEFAULT 1,
  created_ms   INTEGER NOT NULL,
  removed_ms   INTEGER
) STRICT;
CREATE UNIQUE INDEX channel_name ON channel (name COLLATE NOCASE) WHERE removed_ms IS NULL;

CREATE TABLE credential (
  channel INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
  field   TEXT NOT NULL,
  sealed  BLOB NOT NULL,
  masked  TEXT NOT NULL,
  set_ms  INTEGER NOT NULL,
  PRIMARY KEY (channel, field)
) STRICT, WITHOUT ROWID;

-- How the last 100 attempts of a channel went, newest last: 1 went through, 0 failed. Kept by whoever
-- records attempts, because finding them by channel in a million attempts is too slow for a frame.
CREATE TABLE channel_recent (
  channel INTEGER PRIMARY KEY REFERENCES channel (id) ON DELETE CASCADE,
  went    BLOB NOT NULL
) STRICT;

-- ── People ──────────────────────────────────────────────────────────────────────────────────────

CREATE TABLE subscriber (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL,
  note       TEXT NOT NULL DEFAULT '',
  lang       TEXT,
  state      INTEGER NOT NULL DEFAULT 0,
  version    INTEGER NOT NULL DEFAULT 1,
  created_ms INTEGER NOT NULL,
  removed_ms INTEGER
) STRICT;
-- Few people are anything but active, so lists of the others stay short reads.
CREATE INDEX subscriber_state ON subscriber (state, id) WHERE state <> 0;
CREATE INDEX subscriber_removed ON subscriber (id) WHERE removed_ms IS NOT NULL;

-- How many people there are, without the removed: counting a million is too slow for a frame.
CREATE TABLE tally (
  what TEXT PRIMARY KEY,               -- people
  n    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO tally (what, n) VALUES ('people', 0);

CREATE TABLE subscriber_var (
  subscriber INTEGER NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
  key        TEXT NOT NULL,
  value      TEXT NOT NULL,
  PRIMARY KEY (subscriber, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE address (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: plans keep pointing at it
  subscriber INTEGER NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
  channel    INTEGER NOT NULL REFERENCES channel (id),
  state      INTEGER NOT NULL DEFAULT 0,
  lookup     BLOB NOT NULL,            -- what makes it the same address: a keyed hash if it is a secret
  value      TEXT,                     -- in clear, unless it is a secret
  sealed     BLOB,                     -- sealed, if it is a secret
  masked     TEXT,                     -- what a screen may show of a secret one
  created_ms INTEGER NOT NULL,
  CHECK ((value IS NULL) <> (sealed IS NULL))
) STRICT;
CREATE UNIQUE INDEX address_lookup ON address (channel, lookup);
-- Covers the release: a plain join would read addresses at random (nine times slower).
CREATE INDEX address_person ON address (subscriber, channel, state);
-- Covers `channel:…` in filters; sorted by person, so that it merges with topics and tags.
CREATE INDEX address_channel ON address (channel, subscriber, state);

CREATE TABLE topic (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  name       TEXT NOT NULL,
  note       TEXT NOT NULL DEFAULT '',
  people     INTEGER NOT NULL DEFAULT 0,   -- kept as memberships change; counting a million is too slow for a frame
  version    INTEGER NOT NULL DEFAULT 1,
  created_ms INTEGER NOT NULL,
  removed_ms INTEGER
) STRICT;
CREATE UNIQUE INDEX topic_name ON topic (name COLLATE NOCASE) WHERE removed_ms IS NULL;

CREATE TABLE topic_member (
  topic      INTEGER NOT NULL REFERENCES topic (id) ON DELETE CASCADE,
  subscriber INTEGER NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
  PRIMARY KEY (topic, subscriber)
) STRICT, WITHOUT ROWID;
CREATE INDEX topic_member_person ON topic_member (subscriber, topic);

-- A list on the provider's side that belongs to a topic: one target that the provider fans out.
CREATE TABLE topic_remote (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  topic   INTEGER NOT NULL REFERENCES topic (id) ON DELETE CASCADE,
  channel INTEGER NOT NULL REFERENCES channel (id),
  remote  TEXT NOT NULL,
  UNIQUE (topic, channel, remote)
) STRICT;

CREATE TABLE tag (
  id     INTEGER PRIMARY KEY AUTOINCREMENT,
  name   TEXT NOT NULL UNIQUE COLLATE NOCASE,
  people INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE subscriber_tag (
  tag        INTEGER NOT NULL REFERENCES tag (id) ON DELETE CASCADE,
  subscriber INTEGER NOT NULL REFERENCES subscriber (id) ON DELETE CASCADE,
  PRIMARY KEY (tag, subscriber)
) STRICT, WITHOUT ROWID;
CREATE INDEX subscriber_tag_person ON subscriber_tag (subscriber, tag);

-- Names by substring. Trigrams find nothing under three characters, and one or two Han characters are
-- the common case: `subscriber_gram` holds every character and every pair of neighbours as a word.
CREATE VIRTUAL TABLE subscriber_tri USING fts5 (
  name, content = '', contentless_delete = 1, tokenize = "trigram remove_diacritics 1"
);
CREATE VIRTUAL TABLE subscriber_gram USING fts5 (
  grams, content = '', contentless_delete = 1, detail = none,
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co So'"
);

-- A running import of many people takes a reserved range of ids that stays invisible until one flip.
CREATE TABLE import (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  state      TEXT NOT NULL,             -- running | done | dropped
  id_from    INTEGER NOT NULL,
  id_to      INTEGER NOT NULL,
  file       TEXT NOT NULL,
  topics     TEXT NOT NULL DEFAULT '[]',  -- JSON array of the ids of topics that it made, hidden as removed
  created_ms INTEGER NOT NULL,
  ended_ms   INTEGER
) STRICT;

-- ── Broadcasts and the books ────────────────────────────────────────────────────────────────────

CREATE TABLE broadcast (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  purpose       TEXT NOT NULL DEFAULT 'broadcast',  -- broadcast | test | verify
  phase         TEXT NOT NULL DEFAULT 'draft',
  title         TEXT NOT NULL DEFAULT '',
  summary       TEXT NOT NULL DEFAULT '',
  url           TEXT NOT NULL DEFAULT '',
  format        TEXT NOT NULL DEFAULT 'markdown',
  body          TEXT NOT NULL DEFAULT '',
  audience      TEXT NOT NULL DEFAULT '',           -- filter expression; empty in a draft means: not set
  channels      TEXT NOT NULL DEFAULT '[]',         -- JSON array of channel ids in order; empty: all, oldest first
  all_channels  INTEGER NOT NULL DEFAULT 0,         -- 1: every address of a person, not the first usable
  vars          TEXT NOT NULL DEFAULT '{}',         -- JSON object: values for everybody
  undo_ms       INTEGER,                            -- NULL: by size of audience
  at_ms         INTEGER,
  stage         INTEGER,
  version       INTEGER NOT NULL DEFAULT 1,
  created_ms    INTEGER NOT NULL,
  updated_ms    INTEGER NOT NULL,
  created_by    TEXT NOT NULL DEFAULT '',
  released_ms   INTEGER,
  released_by   TEXT,
  touched_ms    INTEGER,                            -- when a person last let it go: release, resume, replay
  keeper        TEXT,                               -- the console that keeps the undo window open
  hold_until_ms INTEGER,
  started_ms    INTEGER,
  ended_ms      INTEGER,
  expires_ms    INTEGER,
  pause_reason  TEXT,
  pause_detail  TEXT,
  plan_hash     TEXT,
  removed_ms    INTEGER
) STRICT;
-- What the sender looks at after every commit, however much history there is.
CREATE INDEX broadcast_working ON broadcast (phase, id) WHERE ended_ms IS NULL AND phase IN ('planning', 'held', 'scheduled', 'sending', 'stopped');

-- Titles and bodies, characters set apart by spaces so that any Han substring is a phrase.
CREATE VIRTUAL TABLE broadcast_text USING fts5 (
  title, body, content = '', contentless_delete = 1,
  tokenize = "unicode61 remove_diacritics 2 categories 'L* N* Co So'"
);

-- The part of a broadcast that goes over one channel, and its ledger line. Rows of a lane are
-- neighbours (`seq_from` to `seq_to`), so claiming is reading on; those before `next_seq` have been
-- claimed at least once. Counters change in the transaction that changes the rows.
CREATE TABLE lane (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  broadcast INTEGER NOT NULL REFERENCES broadcast (id) ON DELETE CASCADE,
  channel   INTEGER REFERENCES channel (id),        -- NULL: the people who are left out
  target    TEXT NOT NULL,                          -- people | remote | none
  seq_from  INTEGER NOT NULL,
  seq_to    INTEGER NOT NULL,
  next_seq  INTEGER NOT NULL,
  planned   INTEGER NOT NULL DEFAULT 0,
  skipped   INTEGER NOT NULL DEFAULT 0,
  deferred  INTEGER NOT NULL DEFAULT 0,
  sending   INTEGER NOT NULL DEFAULT 0,
  accepted  INTEGER NOT NULL DEFAULT 0,
  confirmed INTEGER NOT NULL DEFAULT 0,
  rejected  INTEGER NOT NULL DEFAULT 0,
  unknown   INTEGER NOT NULL DEFAULT 0,
  assumed   INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX lane_broadcast ON lane (broadcast);
-- The ledger line of a broadcast: a handful of lanes, never its deliveries.
CREATE VIEW lane_sum AS
SELECT broadcast, sum(planned) AS planned, sum(skipped) AS skipped, sum(deferred) AS deferred,
       sum(sending) AS sending, sum(accepted) AS accepted, sum(confirmed) AS confirmed,
       sum(rejected) AS rejected, sum(unknown) AS unknown, sum(assumed) AS assumed, sum(cancelled) AS cancelled
FROM lane GROUP BY broadcast;

CREATE TABLE delivery (
  broadcast     INTEGER NOT NULL REFERENCES broadcast (id) ON DELETE CASCADE,
  seq           INTEGER NOT NULL,
  lane          INTEGER NOT NULL,
  subscriber    INTEGER,               -- NULL: a remote topic
  address       INTEGER,
  remote        INTEGER,               -- topic_remote.id
  state         INTEGER NOT NULL,
  skip          INTEGER,
  class         INTEGER,
  code          TEXT,
  text          TEXT,
  call          INTEGER,               -- the newest call; an answer to an older one is late
  attempts      INTEGER NOT NULL DEFAULT 0,
  tries         INTEGER NOT NULL DEFAULT 0,  -- attempts since a person last queued it: what retries are counted by
  not_before_ms INTEGER,
  ended_ms      INTEGER,
  PRIMARY KEY (broadcast, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_person ON delivery (subscriber, broadcast);
CREATE INDEX delivery_due ON delivery (lane, not_before_ms, seq) WHERE state = 2;
CREATE INDEX delivery_failed ON delivery (ended_ms) WHERE state IN (6, 7);
CREATE INDEX delivery_trouble ON delivery (broadcast, seq, class) WHERE state IN (6, 7);

CREATE TABLE call (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  broadcast INTEGER NOT NULL,
  lane      INTEGER NOT NULL,
  epoch     INTEGER NOT NULL,
  size      INTEGER NOT NULL,          -- how many deliveries it carries
  begun_ms  INTEGER NOT NULL
) STRICT;

-- Append-only: one row per delivery and answered (or given up) call.
CREATE TABLE attempt (
  broadcast INTEGER NOT NULL,
  seq       INTEGER NOT NULL,
  no        INTEGER NOT NULL,
  call      INTEGER,                   -- NULL: a person settled it
  state     INTEGER NOT NULL,          -- the state that it led to
  class     INTEGER,
  code      TEXT,
  text      TEXT,
  receipt   TEXT,
  operator  TEXT,                      -- who settled it, if a person did
  at_ms     INTEGER NOT NULL,
  PRIMARY KEY (broadcast, seq, no)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER attempt_is_append_only_update BEFORE UPDATE ON attempt
BEGIN SELECT RAISE (ABORT, 'attempts are append-only'); END;
CREATE TRIGGER attempt_is_append_only_delete BEFORE DELETE ON attempt
BEGIN SELECT RAISE (ABORT, 'attempts are append-only'); END;

-- Append-only: who did what. `hash` covers the row and the `hash` before it.
CREATE TABLE audit (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms    INTEGER NOT NULL,
  operator TEXT NOT NULL,
  action   TEXT NOT NULL,
  object   TEXT NOT NULL,
  detail   TEXT NOT NULL DEFAULT '',
  hash     TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_append_only_update BEFORE UPDATE ON audit
BEGIN SELECT RAISE (ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_append_only_delete BEFORE DELETE ON audit
BEGIN SELECT RAISE (ABORT, 'the audit log is append-only'); END;
