-- The pass with which an account calls its provider (an access token, a provider token), sealed, for all processes of
-- the store: from when it is, until when it is used, and until when somebody is busy getting the next one.
CREATE TABLE pass (
    channel  INTEGER PRIMARY KEY REFERENCES channel(id) ON DELETE CASCADE,
    sealed   BLOB,
    made_ms  INTEGER NOT NULL DEFAULT 0,
    until_ms INTEGER NOT NULL DEFAULT 0,
    busy_ms  INTEGER NOT NULL DEFAULT 0
) STRICT;
