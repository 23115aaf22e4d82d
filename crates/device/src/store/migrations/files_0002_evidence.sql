-- What is known of a file beside its bytes. A table of its own: a column behind a large blob is slow to reach.
CREATE TABLE about (
    hash    BLOB PRIMARY KEY,
    thumb   BLOB,                          -- the hash of its small picture
    small   INTEGER NOT NULL DEFAULT 0,    -- it is one
    secs    INTEGER,                       -- how long a voice note is
    pos     TEXT,                          -- where it was taken, if that was kept on purpose
    width   INTEGER,
    height  INTEGER,
    fetched INTEGER NOT NULL DEFAULT 0     -- it came from the server
) WITHOUT ROWID;
