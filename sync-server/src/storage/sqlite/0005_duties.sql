-- Duties have a history. A grant is a row that is never deleted: ending or changing it sets `ended_at` and, for a change, opens another row.
-- What was written on duty can so be judged by what held then. A grant that stands has no `ended_at`.
ALTER TABLE member_grant ADD COLUMN opened_at INTEGER NOT NULL DEFAULT 0;  -- 0 = before it was noted
ALTER TABLE member_grant ADD COLUMN opened_by TEXT NOT NULL DEFAULT '';    -- a member's id or the name of a command
ALTER TABLE member_grant ADD COLUMN ended_at INTEGER;
ALTER TABLE member_grant ADD COLUMN ended_by TEXT;
CREATE TRIGGER member_grant_stays BEFORE DELETE ON member_grant BEGIN
    SELECT RAISE(ABORT, 'duties are ended, never deleted');
END;

-- Where nodes of the org tree hung before they were moved.
ALTER TABLE org_node ADD COLUMN placed_at INTEGER NOT NULL DEFAULT 0;      -- since when it hangs where it hangs
CREATE TABLE org_place (node TEXT NOT NULL, parent TEXT, since INTEGER NOT NULL, until INTEGER NOT NULL);
