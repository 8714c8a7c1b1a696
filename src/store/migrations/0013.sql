-- How many of a lane were taken back, so that nobody has to count them.
ALTER TABLE lane ADD COLUMN taken_back INTEGER NOT NULL DEFAULT 0;
UPDATE lane SET taken_back = (
  SELECT count(*) FROM taken_back t JOIN delivery d ON d.broadcast = t.broadcast AND d.seq = t.seq
   WHERE t.broadcast = lane.broadcast AND d.lane = lane.id
);

-- What a provider was asked to take back for several deliveries at once and has not answered. If it knows of no such
-- thing when it is asked again, the first call did it.
CREATE TABLE taking_back (
  broadcast INTEGER NOT NULL REFERENCES broadcast (id) ON DELETE CASCADE,
  channel   INTEGER NOT NULL,
  what      TEXT NOT NULL,             -- the provider's id of it
  PRIMARY KEY (broadcast, channel, what)
) STRICT, WITHOUT ROWID;

-- Whoever left a topic stays out of it, also when their address comes to somebody new: as an opt-out does.
CREATE INDEX topic_left_by ON topic_left (subscriber);
CREATE TRIGGER left_stays AFTER UPDATE OF subscriber ON address
WHEN old.subscriber <> new.subscriber
BEGIN
  INSERT OR IGNORE INTO topic_left (topic, subscriber, at_ms)
    SELECT topic, new.subscriber, at_ms FROM topic_left WHERE subscriber = old.subscriber;
END;

-- The moment of an opt-out comes with the address too, where whoever gets it was made as somebody who is out.
DROP TRIGGER opt_out_stays;
CREATE TRIGGER opt_out_stays AFTER UPDATE OF subscriber ON address
WHEN old.subscriber <> new.subscriber
  AND EXISTS (SELECT 1 FROM subscriber WHERE id = old.subscriber AND state IN (2, 3))
BEGIN
  UPDATE subscriber
     SET (state, opted_out_ms) = (SELECT state, opted_out_ms FROM subscriber WHERE id = old.subscriber)
   WHERE id = new.subscriber AND state IN (0, 1);
  UPDATE subscriber
     SET opted_out_ms = (SELECT opted_out_ms FROM subscriber WHERE id = old.subscriber)
   WHERE id = new.subscriber AND opted_out_ms IS NULL;
END;

-- A pass is the account's at the provider: channels that share the account share it, and it outlives other settings.
DROP TABLE pass;
CREATE TABLE pass (
  holder   TEXT PRIMARY KEY,           -- a keyed hash of what the account is known by
  sealed   BLOB,
  made_ms  INTEGER NOT NULL DEFAULT 0,
  until_ms INTEGER NOT NULL DEFAULT 0,
  busy_ms  INTEGER NOT NULL DEFAULT 0  -- until then somebody is getting one
) STRICT;

-- The broadcast whose notifications this one takes the place of, where the provider can do that.
ALTER TABLE broadcast ADD COLUMN replaces INTEGER;
CREATE INDEX broadcast_replaces ON broadcast (replaces) WHERE replaces IS NOT NULL;

-- The first broadcast of those that say the same, or a changed text, to whoever one of them could not reach.
ALTER TABLE broadcast ADD COLUMN follows INTEGER;
CREATE INDEX broadcast_follows ON broadcast (follows, id) WHERE follows IS NOT NULL;

-- How many senders ended without saying so, and how many deliveries the last of them left in the air.
ALTER TABLE sender ADD COLUMN died INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sender ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;

-- Whoever gets messages has not left; before this, letting somebody back did not say so.
UPDATE subscriber SET opted_out_ms = NULL WHERE state = 0 AND opted_out_ms IS NOT NULL;

-- Which broadcasts went over a channel, the newest first.
CREATE INDEX lane_channel ON lane (channel, broadcast);
