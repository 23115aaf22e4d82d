-- Photos and voice notes. Their bytes are in the folder `files` beside the database.
CREATE TABLE file (
    hash   BLOB NOT NULL UNIQUE,
    size   INTEGER NOT NULL,
    media  TEXT NOT NULL,
    device BLOB NOT NULL,
    at     INTEGER NOT NULL
);
-- The documents that a file was brought for: who may read one of them may read the file.
CREATE TABLE file_document (hash BLOB NOT NULL, doc BLOB NOT NULL, PRIMARY KEY (hash, doc)) WITHOUT ROWID;
CREATE TABLE upload (
    id         BLOB NOT NULL UNIQUE,
    device     BLOB NOT NULL,
    hash       BLOB NOT NULL,
    doc        BLOB NOT NULL,
    size       INTEGER NOT NULL,
    media      TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    done_at    INTEGER
);
CREATE INDEX upload_device ON upload (device, created_at);
CREATE INDEX upload_age ON upload (created_at);
