-- The whole life of a matter: its folded state beside the row, by when what is due, whose turn it is, its official number.

ALTER TABLE matter ADD COLUMN state TEXT;                            -- JSON: the matter without facts and timeline; none for lines sent ahead
ALTER TABLE matter ADD COLUMN due_what TEXT;                         -- what is due at `due`
ALTER TABLE matter ADD COLUMN turn TEXT;                             -- the action that is the reader's turn
ALTER TABLE matter ADD COLUMN turn_from INTEGER NOT NULL DEFAULT 0;  -- from when it is
ALTER TABLE matter ADD COLUMN helped TEXT;
ALTER TABLE matter ADD COLUMN spot TEXT NOT NULL DEFAULT '';         -- building and unit, to group by
CREATE INDEX matter_turn ON matter (due) WHERE turn IS NOT NULL;
CREATE INDEX matter_by_due ON matter (due, updated_at DESC) WHERE open = 1;

-- Apart from the rows, because it comes from the server and outlives a rebuilt projection.
CREATE TABLE matter_number (
    doc    BLOB PRIMARY KEY,
    number INTEGER NOT NULL
) WITHOUT ROWID;

-- When the server received changes that arrived late, by the first eight bytes of their hash.
CREATE TABLE late (
    name INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL
);
CREATE INDEX late_by_age ON late (at);

-- Rows of the first release lack their state: they are made anew from the documents.
INSERT OR REPLACE INTO meta (key, value) VALUES ('reproject', '1');
