-- What comes in: callbacks of providers, what people wrote, what is done about it, and what they were answered.

-- The callback URL of a channel: who knows the secret in its path is the provider. `mark` is a keyed hash, which a
-- request is compared with; `sealed` is there to show the URL again.
CREATE TABLE door (
  channel  INTEGER PRIMARY KEY REFERENCES channel (id) ON DELETE CASCADE,
  mark     TEXT NOT NULL,
  sealed   BLOB NOT NULL,
  app      TEXT,                       -- the provider's id of the application that spoke first: others are not heard
  made_ms  INTEGER NOT NULL
) STRICT;

-- Everything that came in, once: `seen` is the hash of what is the same in every repetition.
CREATE TABLE inbound (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  channel     INTEGER NOT NULL REFERENCES channel (id),
  kind        TEXT NOT NULL,           -- follow | scan | unfollow | text | tap | order | other
  lookup      BLOB,                    -- of the address, as addresses are looked up; NULL: about nobody
  value       TEXT,                    -- the address in clear, unless it is a secret
  sealed      BLOB,                    -- sealed, if it is a secret
  masked      TEXT,                    -- what a screen may show of a secret one
  subscriber  INTEGER,                 -- NULL: nobody that we know
  text        TEXT NOT NULL DEFAULT '',
  amount      INTEGER,                 -- of an order, in hundredths; negative when it was given back
  done        TEXT,                    -- what a rule did about it
  raw         TEXT,                    -- the provider's own words, where we do not understand all of them
  at_ms       INTEGER NOT NULL,        -- when, as the provider says
  received_ms INTEGER NOT NULL,
  seen        BLOB NOT NULL UNIQUE,
  read_ms     INTEGER
) STRICT;
CREATE INDEX inbound_person ON inbound (subscriber, id);
CREATE INDEX inbound_unread ON inbound (subscriber, id) WHERE read_ms IS NULL;

-- One row for each person who ever came in, kept as lines come: a list of them is a short read. 0 is nobody.
CREATE TABLE conversation (
  subscriber INTEGER PRIMARY KEY,
  newest     INTEGER NOT NULL,         -- inbound.id
  lines      INTEGER NOT NULL DEFAULT 0,
  unread     INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX conversation_newest ON conversation (newest);
CREATE INDEX conversation_unread ON conversation (newest) WHERE unread > 0;

-- What was answered; whether it arrived stands in the books of its broadcast.
CREATE TABLE reply (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  subscriber INTEGER NOT NULL,
  channel    INTEGER NOT NULL REFERENCES channel (id),
  broadcast  INTEGER NOT NULL REFERENCES broadcast (id) ON DELETE CASCADE,
  inbound    INTEGER,                  -- what it answers
  text       TEXT NOT NULL,
  operator   TEXT,                     -- NULL: a rule
  at_ms      INTEGER NOT NULL
) STRICT;
CREATE INDEX reply_person ON reply (subscriber, id);

-- What a person's act allows to send without being asked, such as the 48 hours of WeChat: the newest of each kind.
CREATE TABLE act (
  channel   INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
  lookup    BLOB NOT NULL,             -- of the address
  kind      TEXT NOT NULL,             -- as inbound.kind
  at_ms     INTEGER NOT NULL,
  until_ms  INTEGER NOT NULL,
  allowance INTEGER,                   -- NULL: any number
  used      INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (channel, lookup, kind)
) STRICT, WITHOUT ROWID;

-- What is done by itself when somebody follows (`pattern` is the scene, empty for any, `abc*` for its beginning) or
-- writes (`pattern` is what they write, with `{topic}` for the name of a topic).
CREATE TABLE rule (
  id      INTEGER PRIMARY KEY AUTOINCREMENT,
  sort    TEXT NOT NULL,               -- follow | command
  channel INTEGER REFERENCES channel (id) ON DELETE CASCADE,  -- NULL: every channel
  pattern TEXT NOT NULL,
  does    TEXT NOT NULL,               -- welcome | subscribe | unsubscribe | status | answer
  topics  TEXT NOT NULL DEFAULT '[]',  -- JSON array of topic ids
  tags    TEXT NOT NULL DEFAULT '[]',  -- JSON array of names
  text    TEXT NOT NULL DEFAULT '',    -- what the person is told
  other   TEXT NOT NULL DEFAULT ''     -- and if it could not be done
) STRICT;
CREATE UNIQUE INDEX rule_pattern ON rule (sort, coalesce(channel, 0), pattern);
INSERT INTO rule (sort, pattern, does, text, other) VALUES
  ('command', '订阅 {topic}', 'subscribe', '已订阅 {topic}。发送“退订 {topic}”可取消。', '没有可以订阅的主题 {topic}。'),
  ('command', '退订 {topic}', 'unsubscribe', '已退订 {topic}。', '你没有订阅 {topic}。'),
  ('command', '退订', 'unsubscribe', '已退订，不会再收到消息。发送“订阅 主题名”可恢复。', ''),
  ('command', '状态', 'status', '你订阅了：{topics}。', '你没有订阅任何主题。'),
  ('command', 'subscribe {topic}', 'subscribe', 'You are subscribed to {topic}. Send "unsubscribe {topic}" to stop.', 'There is no topic {topic} to subscribe to.'),
  ('command', 'unsubscribe {topic}', 'unsubscribe', 'You are unsubscribed from {topic}.', 'You are not subscribed to {topic}.'),
  ('command', 'stop', 'unsubscribe', 'You get no more messages. Send "subscribe TOPIC" to come back.', ''),
  ('command', 'status', 'status', 'You are subscribed to: {topics}.', 'You are subscribed to no topic.');

-- When a person said by themselves that they want nothing more; only an act of their own after that undoes it.
ALTER TABLE subscriber ADD COLUMN opted_out_ms INTEGER;
-- It stays with the address, as a block does, however that gets to somebody new: by an import, by hand, by a follow that came late.
CREATE TRIGGER opt_out_stays AFTER UPDATE OF subscriber ON address
WHEN old.subscriber <> new.subscriber
  AND EXISTS (SELECT 1 FROM subscriber WHERE id = old.subscriber AND state IN (2, 3))
BEGIN
  UPDATE subscriber
     SET (state, opted_out_ms) = (SELECT state, opted_out_ms FROM subscriber WHERE id = old.subscriber)
   WHERE id = new.subscriber AND state IN (0, 1);
END;

-- A receipt may be faster than the answer that names it: it waits here until the books know it.
CREATE TABLE receipt_wait (
  channel     INTEGER NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
  receipt     TEXT NOT NULL,
  class       INTEGER,                 -- NULL: it arrived
  text        TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  PRIMARY KEY (channel, receipt)
) STRICT, WITHOUT ROWID;
CREATE INDEX attempt_receipt ON attempt (receipt) WHERE receipt IS NOT NULL;

-- Who waits until they act (class 9: window_closed), and answers that have not left: both are asked for whenever
-- somebody writes, and must not grow with history.
CREATE INDEX delivery_window ON delivery (subscriber) WHERE state = 2 AND class = 9;
CREATE INDEX broadcast_reply ON broadcast (id) WHERE purpose = 'reply' AND phase = 'sending' AND ended_ms IS NULL;
