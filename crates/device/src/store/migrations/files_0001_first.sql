-- Photos and voice notes, by the SHA-256 of their bytes. Apart from the records, so that large files never slow a save down.
CREATE TABLE file (
    hash  BLOB PRIMARY KEY,
    media TEXT NOT NULL,
    size  INTEGER NOT NULL,
    at    INTEGER NOT NULL,
    bytes BLOB NOT NULL
);
