-- What search looks into of rows written lately, until a hundred of them go into the index together: the index costs a save more than
-- the record does. A row here is newer than the one of the index.
CREATE TABLE search_pending (
    row      INTEGER PRIMARY KEY,
    short    TEXT NOT NULL,
    detail   TEXT NOT NULL,
    initials TEXT NOT NULL
);
CREATE TRIGGER search_pending_delete AFTER DELETE ON matter BEGIN
    DELETE FROM search_pending WHERE row = old.row;
END;
