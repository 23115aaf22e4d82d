-- The first schema. Ids of members, nodes and places are text; all other ids are blobs. Times are seconds since 1970 (UTC).

CREATE TABLE meta (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    epoch  BLOB NOT NULL,
    tenant TEXT NOT NULL
);
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- Reference data: rowid keeps the order of writing, which is the order of lists.
CREATE TABLE reference_version (dataset TEXT PRIMARY KEY, counter INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE org_node (id TEXT NOT NULL UNIQUE, parent TEXT, level TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE building (id TEXT NOT NULL UNIQUE, node TEXT NOT NULL, name TEXT NOT NULL, units TEXT NOT NULL);
CREATE INDEX building_node ON building (node);
CREATE TABLE member (id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, kinds TEXT NOT NULL);
CREATE TABLE member_grant (
    member      TEXT NOT NULL REFERENCES member (id),
    role        TEXT NOT NULL,
    node        TEXT NOT NULL,
    buildings   TEXT NOT NULL,
    valid_from  INTEGER,
    valid_until INTEGER
);
CREATE INDEX member_grant_member ON member_grant (member);
CREATE TABLE dictionary (dictionary TEXT NOT NULL, code TEXT NOT NULL, zh TEXT NOT NULL, en TEXT NOT NULL, kinds TEXT NOT NULL, UNIQUE (dictionary, code));

-- Accounts.
CREATE TABLE invitation (
    code       BLOB PRIMARY KEY,
    member     TEXT NOT NULL REFERENCES member (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) WITHOUT ROWID;
CREATE TABLE device (
    id          BLOB NOT NULL UNIQUE,
    member      TEXT NOT NULL REFERENCES member (id),
    credential  BLOB NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    enrolled_at INTEGER NOT NULL,
    revoked_at  INTEGER,
    last_seen   INTEGER
);
CREATE TABLE actor (id BLOB PRIMARY KEY, device BLOB NOT NULL, member TEXT NOT NULL) WITHOUT ROWID;

-- Field records.
CREATE TABLE document (
    id         BLOB NOT NULL UNIQUE,
    scope      TEXT NOT NULL,
    class      TEXT NOT NULL,
    kind       TEXT NOT NULL,
    changes    INTEGER NOT NULL,
    bytes      INTEGER NOT NULL,
    digest     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    open       TEXT
);
CREATE INDEX document_scope ON document (scope, updated_at);
CREATE INDEX document_open ON document (scope, created_at) WHERE open IS NOT NULL;
-- rowid = the order of admission, so dependencies always come before what builds on them.
CREATE TABLE change (
    id          INTEGER PRIMARY KEY,
    doc         BLOB NOT NULL,
    hash        BLOB NOT NULL UNIQUE,
    actor       BLOB NOT NULL,
    seq         INTEGER NOT NULL,
    bytes       BLOB NOT NULL,
    received_at INTEGER NOT NULL,
    device      BLOB NOT NULL,
    UNIQUE (doc, actor, seq)
);
CREATE INDEX change_doc ON change (doc, id);
CREATE TABLE scope_counter (scope TEXT PRIMARY KEY, seq INTEGER NOT NULL, digest BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE log (
    scope  TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    doc    BLOB NOT NULL,
    kind   TEXT NOT NULL,
    hash   BLOB,
    device BLOB NOT NULL,
    PRIMARY KEY (scope, seq)
) WITHOUT ROWID;

-- What went to whom.
CREATE TABLE pack (
    name       TEXT PRIMARY KEY,
    scope      TEXT NOT NULL,
    owner      BLOB NOT NULL, -- a device, or empty for everyone who reads the whole scope
    no         INTEGER NOT NULL,
    at_seq     INTEGER NOT NULL,
    docs       INTEGER NOT NULL,
    actors     BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    body       BLOB NOT NULL
);
CREATE INDEX pack_scope ON pack (scope, owner, at_seq);
CREATE TABLE seen (
    device BLOB NOT NULL,
    scope  TEXT NOT NULL,
    doc    BLOB NOT NULL,
    held   INTEGER NOT NULL,
    at_seq INTEGER NOT NULL,
    PRIMARY KEY (device, scope, doc)
) WITHOUT ROWID;
CREATE TABLE scope_view (device BLOB NOT NULL, scope TEXT NOT NULL, view TEXT NOT NULL, echo_until INTEGER NOT NULL, PRIMARY KEY (device, scope)) WITHOUT ROWID;

-- What was not stored and must not be lost.
CREATE TABLE refused (
    id      INTEGER PRIMARY KEY,
    device  BLOB NOT NULL,
    member  TEXT NOT NULL,
    doc     BLOB NOT NULL,
    code    TEXT NOT NULL,
    bytes   BLOB NOT NULL,
    content BLOB NOT NULL, -- SHA-256 of `bytes`
    at      INTEGER NOT NULL,
    times   INTEGER NOT NULL,
    UNIQUE (device, content)
);
CREATE TABLE held (
    id      INTEGER PRIMARY KEY,
    device  BLOB NOT NULL,
    member  TEXT NOT NULL,
    doc     BLOB NOT NULL,
    code    TEXT NOT NULL,
    bytes   BLOB NOT NULL,
    content BLOB NOT NULL,
    at      INTEGER NOT NULL,
    times   INTEGER NOT NULL,
    UNIQUE (device, content)
);
