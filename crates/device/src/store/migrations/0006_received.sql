-- Files of records that are not here any more because the server refused them stood in line for ever. State 3 = kept with a refused entry.
UPDATE attachment SET state = 3, code = NULL
WHERE mine = 1 AND state IN (0, 2) AND NOT EXISTS (SELECT 1 FROM document d WHERE d.doc = attachment.doc)
AND NOT EXISTS (SELECT 1 FROM refused r WHERE r.doc = attachment.doc AND r.state = 0 AND r.code = 'held');

-- Lists are ordered by when a record came, which the server says, and no longer by a clock that may be years wrong: made anew.
INSERT OR REPLACE INTO meta (key, value) VALUES ('reproject', '1');
