-- What a supervisor decided about held changes: when, whether they were stored, and why. NULL = not yet.
ALTER TABLE held ADD COLUMN decided_at INTEGER;
ALTER TABLE held ADD COLUMN accepted   INTEGER;
ALTER TABLE held ADD COLUMN note       TEXT;
