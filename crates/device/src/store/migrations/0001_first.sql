-- The first schema. Times are seconds since 1970. Ids are the raw bytes.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

-- One row per record. `form` 0: `content` is the document's own snapshot (it was loaded here to be written);
-- 1: `content` is its raw changes, each after its length (it came from outside and was never loaded).
CREATE TABLE document (
    doc        BLOB PRIMARY KEY,
    scope      TEXT NOT NULL,
    digest     BLOB NOT NULL,                 -- of all its changes
    acked      BLOB NOT NULL,                 -- digest of the changes the server is known to hold
    unsent     INTEGER NOT NULL DEFAULT 0,    -- changes in the outbox
    generation INTEGER NOT NULL DEFAULT 0,    -- of the scope's last download that had it
    leaving    INTEGER NOT NULL DEFAULT 0,    -- to be erased once nothing of it is unsent
    form       INTEGER NOT NULL,
    content    BLOB NOT NULL
);
CREATE INDEX document_by_scope ON document (scope, acked);
CREATE INDEX document_leaving ON document (doc) WHERE leaving <> 0;

-- The changes made here. State 0 and 2 ARE the outbox: 0 = never acknowledged, 2 = offered again to a server that may have lost it.
-- 1 = acknowledged, kept 30 days so that a server restored from a backup can be healed.
CREATE TABLE change (
    ord      INTEGER PRIMARY KEY,
    hash     BLOB NOT NULL UNIQUE,
    doc      BLOB NOT NULL,
    actor    BLOB NOT NULL,
    own      INTEGER NOT NULL,                -- 0: another phone's, sent along because the server asked for the whole history
    state    INTEGER NOT NULL,
    at       INTEGER NOT NULL,                -- when written; once acknowledged, when that was
    authored TEXT,                            -- what it says, so that it can be made anew
    bytes    BLOB NOT NULL
);
CREATE INDEX change_of_document ON change (doc, ord);
CREATE INDEX change_outbox ON change (doc, ord) WHERE state <> 1;
CREATE INDEX change_by_age ON change (at) WHERE state = 1;

-- What lists, filters and search read. Can be rebuilt from the documents at any time, except rows with whole = 0:
-- those are the lines of open records that were sent ahead of their documents.
CREATE TABLE matter (
    row        INTEGER PRIMARY KEY,
    doc        BLOB NOT NULL UNIQUE,
    scope      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    title      TEXT NOT NULL,
    place      TEXT NOT NULL,
    category   TEXT NOT NULL,
    urgency    TEXT NOT NULL,
    asker      TEXT NOT NULL,
    status     TEXT NOT NULL,
    open       INTEGER NOT NULL,
    path       TEXT,
    assignee   TEXT,
    assignees  TEXT NOT NULL,                 -- JSON list
    due        INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    last_event TEXT,                          -- JSON, notes shortened
    conflict   INTEGER NOT NULL,
    needs_eyes TEXT NOT NULL,                 -- JSON list
    attention  INTEGER NOT NULL,              -- conflict or needs_eyes
    unsent     INTEGER NOT NULL,
    refused    INTEGER NOT NULL DEFAULT 0,    -- refused entries not yet dealt with
    whole      INTEGER NOT NULL
);
CREATE INDEX matter_by_created ON matter (created_at DESC, row DESC);
CREATE INDEX matter_open_by_created ON matter (open, created_at DESC, row DESC);
CREATE INDEX matter_by_updated ON matter (updated_at DESC, row DESC);
CREATE INDEX matter_responsibility ON matter (due, updated_at DESC) WHERE open = 1 AND assignee IS NOT NULL;
CREATE INDEX matter_attention ON matter (row) WHERE attention <> 0 OR refused <> 0;
CREATE INDEX matter_by_author ON matter (created_by, created_at DESC);
CREATE INDEX matter_ahead ON matter (scope) WHERE whole = 0;

-- What search looks into, lower case and without white space: title, place, category and asker; the detail; pinyin initials.
-- Apart from the rows, so that a list reads little and a search for one character reads nothing else.
CREATE VIRTUAL TABLE matter_fts USING fts5 (short, detail, initials, tokenize = 'trigram');
CREATE TRIGGER matter_fts_delete AFTER DELETE ON matter BEGIN
    DELETE FROM matter_fts WHERE rowid = old.row;
END;

-- Which files a document names, so that they can be erased along with it.
CREATE TABLE attachment (
    doc  BLOB NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (doc, hash)
);
CREATE INDEX attachment_by_hash ON attachment (hash);

-- Whose stores wrote what is here.
CREATE TABLE actor (
    actor  BLOB PRIMARY KEY,
    member TEXT NOT NULL
);

CREATE TABLE reference (
    dataset TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    body    TEXT NOT NULL
);

CREATE TABLE scope (
    scope       TEXT PRIMARY KEY,
    cursor      INTEGER,                      -- none: to be downloaded from the beginning
    pending     INTEGER,                      -- the cursor that holds once all packs are in
    generation  INTEGER NOT NULL DEFAULT 0,
    repairing   INTEGER NOT NULL DEFAULT 0,   -- read again because digests differed
    repaired_at INTEGER,
    gone        INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE pack (
    name     TEXT PRIMARY KEY,
    scope    TEXT NOT NULL,
    ord      INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    received INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    applied  INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE pack_part (
    name  TEXT NOT NULL,
    start INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (name, start)
);

-- Documents to ask for whole.
CREATE TABLE want (
    doc   BLOB PRIMARY KEY,
    scope TEXT NOT NULL,
    asked INTEGER NOT NULL DEFAULT 0
);

-- What the server refused or holds. state 0 = to be dealt with, 1 = read and put away, 2 = made anew.
CREATE TABLE refused (
    entry    INTEGER PRIMARY KEY AUTOINCREMENT,
    doc      BLOB NOT NULL,
    code     TEXT NOT NULL,
    at       INTEGER NOT NULL,
    state    INTEGER NOT NULL DEFAULT 0,
    title    TEXT NOT NULL,
    authored TEXT NOT NULL,                   -- JSON list: what was written
    changes  BLOB NOT NULL                    -- the raw changes, each after its length
);
CREATE INDEX refused_of_document ON refused (doc, state);

-- Bytes from outside that were not let in, for the administrator. At most a few hundred are kept.
CREATE TABLE aside (
    ord   INTEGER PRIMARY KEY AUTOINCREMENT,
    doc   BLOB NOT NULL,
    scope TEXT NOT NULL,
    code  TEXT NOT NULL,
    at    INTEGER NOT NULL,
    bytes BLOB NOT NULL
);

CREATE TABLE draft (
    id   TEXT PRIMARY KEY,
    body TEXT NOT NULL,
    at   INTEGER NOT NULL
);
