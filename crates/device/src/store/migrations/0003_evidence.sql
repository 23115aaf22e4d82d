-- How each file that a record names stands. A row with mine = 1 is to be sent from here: it is written in the transaction of the record
-- that names the file, so that no photo is ever forgotten. state: 0 = waiting, 1 = at the server, 2 = refused.
ALTER TABLE attachment ADD COLUMN small INTEGER NOT NULL DEFAULT 0;   -- the small picture of another file
ALTER TABLE attachment ADD COLUMN mine  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attachment ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attachment ADD COLUMN size  INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attachment ADD COLUMN sent  INTEGER NOT NULL DEFAULT 0;   -- bytes the server has confirmed
ALTER TABLE attachment ADD COLUMN place TEXT;                         -- the upload's name at the server
ALTER TABLE attachment ADD COLUMN code  TEXT;                         -- why it was refused
ALTER TABLE attachment ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;   -- how often its bytes arrived wrong
ALTER TABLE attachment ADD COLUMN at    INTEGER NOT NULL DEFAULT 0;   -- when it was at the server
CREATE INDEX attachment_unsent ON attachment (small DESC) WHERE mine = 1 AND state = 0;
-- Photos recorded before photos travelled. (Where the bytes are not here, sending finds that out.)
UPDATE attachment SET mine = 1 WHERE doc IN (SELECT doc FROM change WHERE own = 1);
