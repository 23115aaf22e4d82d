-- Why the server holds an entry (its own code), and what a supervisor wrote about it. State 3 = stored after all.
ALTER TABLE refused ADD COLUMN why  TEXT NOT NULL DEFAULT '';
ALTER TABLE refused ADD COLUMN note TEXT NOT NULL DEFAULT '';

-- What was at one place before, by the sort of trouble.
CREATE INDEX matter_recurrence ON matter (category, created_at) WHERE spot <> '';

-- Pinyin initials have every reading of a character now: made anew from the documents.
INSERT OR REPLACE INTO meta (key, value) VALUES ('reproject', '1');
