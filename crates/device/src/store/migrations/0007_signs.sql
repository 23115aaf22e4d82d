-- Where each sign and each pair of signs stands, so that a search for one or two of them reads an index too: the trigram index answers
-- from three on. Tokens are made by the program (store/search.rs), which also fills this for the rows that are there when it opens the
-- store next; until then `search_form` is not in `meta`.
DELETE FROM meta WHERE key = 'search_form';
CREATE VIRTUAL TABLE matter_sign USING fts5 (signs, tokenize = 'ascii', detail = 'none', content = '', contentless_delete = 1);
CREATE TRIGGER matter_sign_delete AFTER DELETE ON matter BEGIN
    DELETE FROM matter_sign WHERE rowid = old.row;
END;

-- How many matters stand how: what the numbers above the lists and the rates are made of. Kept with every row, so that nobody counts.
CREATE TABLE tally (
    scope  TEXT    NOT NULL,
    status TEXT    NOT NULL,
    helped TEXT    NOT NULL,                  -- empty: not asked
    open   INTEGER NOT NULL,
    taken  INTEGER NOT NULL,                  -- whether somebody has it
    path   TEXT    NOT NULL,                  -- empty: none yet
    number INTEGER NOT NULL,
    PRIMARY KEY (scope, status, helped, open, taken, path)
) WITHOUT ROWID;
INSERT INTO tally SELECT scope, status, coalesce(helped, ''), open, assignee IS NOT NULL, coalesce(path, ''), count(*)
    FROM matter GROUP BY 1, 2, 3, 4, 5, 6;
CREATE TRIGGER tally_insert AFTER INSERT ON matter BEGIN
    INSERT INTO tally VALUES (new.scope, new.status, coalesce(new.helped, ''), new.open, new.assignee IS NOT NULL, coalesce(new.path, ''), 1)
        ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE TRIGGER tally_delete AFTER DELETE ON matter BEGIN
    UPDATE tally SET number = number - 1 WHERE scope = old.scope AND status = old.status AND helped = coalesce(old.helped, '')
        AND open = old.open AND taken = (old.assignee IS NOT NULL) AND path = coalesce(old.path, '');
END;
CREATE TRIGGER tally_update AFTER UPDATE OF scope, status, helped, open, assignee, path ON matter
WHEN (old.scope, old.status, old.helped, old.open, old.assignee IS NOT NULL, old.path)
     IS NOT (new.scope, new.status, new.helped, new.open, new.assignee IS NOT NULL, new.path) BEGIN
    UPDATE tally SET number = number - 1 WHERE scope = old.scope AND status = old.status AND helped = coalesce(old.helped, '')
        AND open = old.open AND taken = (old.assignee IS NOT NULL) AND path = coalesce(old.path, '');
    INSERT INTO tally VALUES (new.scope, new.status, coalesce(new.helped, ''), new.open, new.assignee IS NOT NULL, coalesce(new.path, ''), 1)
        ON CONFLICT DO UPDATE SET number = number + 1;
END;
CREATE INDEX matter_assignees ON matter (assignees) WHERE open = 1 AND assignees <> '[]';
CREATE INDEX matter_overdue ON matter (due) WHERE open = 1 AND due IS NOT NULL;

-- What the truth strip counts, read from indexes alone.
CREATE INDEX change_never_sent ON change (at) WHERE state = 0;
CREATE INDEX attachment_waiting ON attachment (small, size, sent) WHERE mine = 1 AND state = 0;
