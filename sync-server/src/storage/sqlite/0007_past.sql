-- Names outlive what they name: records keep the codes of buildings and words for ever.
ALTER TABLE building ADD COLUMN removed_at INTEGER;
ALTER TABLE dictionary ADD COLUMN removed_at INTEGER;

-- In which grids a building was before: their records name it.
CREATE TABLE building_past (
    building TEXT NOT NULL REFERENCES building (id),
    node     TEXT NOT NULL,
    PRIMARY KEY (building, node)
) WITHOUT ROWID;

CREATE TRIGGER building_is_kept BEFORE DELETE ON building BEGIN SELECT RAISE(ABORT, 'a building is never deleted'); END;
CREATE TRIGGER word_is_kept BEFORE DELETE ON dictionary BEGIN SELECT RAISE(ABORT, 'a word is never deleted'); END;

-- Phones are sent the names of members whose duties have ended, too: each must fetch them once.
UPDATE reference_version SET counter = counter + 1 WHERE dataset = 'members';
