-- Sums that screens ask for at every step, kept with every write so that nobody adds up.
--
-- How many records have something in the outbox. State 0 and 2 are the outbox.
CREATE TABLE total (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO total SELECT 'unsent_records', count(DISTINCT doc) FROM change WHERE state <> 1;
CREATE TRIGGER change_total_insert AFTER INSERT ON change WHEN new.state <> 1 BEGIN
    UPDATE total SET value = value + 1 WHERE name = 'unsent_records' AND NOT EXISTS
        (SELECT 1 FROM change INDEXED BY change_outbox WHERE doc = new.doc AND state <> 1 AND ord <> new.ord);
END;
CREATE TRIGGER change_total_delete AFTER DELETE ON change WHEN old.state <> 1 BEGIN
    UPDATE total SET value = value - 1 WHERE name = 'unsent_records' AND NOT EXISTS
        (SELECT 1 FROM change INDEXED BY change_outbox WHERE doc = old.doc AND state <> 1);
END;
CREATE TRIGGER change_total_leave AFTER UPDATE OF state ON change WHEN old.state <> 1 AND new.state = 1 BEGIN
    UPDATE total SET value = value - 1 WHERE name = 'unsent_records' AND NOT EXISTS
        (SELECT 1 FROM change INDEXED BY change_outbox WHERE doc = new.doc AND state <> 1);
END;
CREATE TRIGGER change_total_return AFTER UPDATE OF state ON change WHEN old.state = 1 AND new.state <> 1 BEGIN
    UPDATE total SET value = value + 1 WHERE name = 'unsent_records' AND NOT EXISTS
        (SELECT 1 FROM change INDEXED BY change_outbox WHERE doc = new.doc AND state <> 1 AND ord <> new.ord);
END;

-- The digest of all the changes that the server is known to hold: XOR of `acked` over all documents. SQLite has no XOR, so the program
-- keeps it (store/document.rs); without its row it is summed up from the documents once.
CREATE TABLE acked_total (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    digest BLOB NOT NULL
);

-- What 我的 counts: the reader's own records, from an index alone.
CREATE INDEX matter_standing_of_author ON matter (created_by, attention, refused, unsent);
