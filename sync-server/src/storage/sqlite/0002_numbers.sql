-- Official numbers: year x 1,000,000 + running number of that year, given when a matter is first stored.

ALTER TABLE document ADD COLUMN number INTEGER;
CREATE TABLE number_counter (year INTEGER PRIMARY KEY, last INTEGER NOT NULL);

-- What is there already is numbered in the order it came, by the year it came in (China's clock).
UPDATE document SET number = numbered.number
FROM (
    SELECT d.id AS id, f.year * 1000000 + row_number() OVER (PARTITION BY f.year ORDER BY d.rowid) AS number
    FROM document d
    JOIN (
        SELECT doc, CAST(strftime('%Y', min(received_at) + 28800, 'unixepoch') AS INTEGER) AS year FROM change GROUP BY doc
    ) f ON f.doc = d.id
) AS numbered
WHERE numbered.id = document.id;
INSERT INTO number_counter (year, last) SELECT number / 1000000, max(number % 1000000) FROM document WHERE number IS NOT NULL GROUP BY 1;
CREATE UNIQUE INDEX document_number ON document (number) WHERE number IS NOT NULL;

-- Stand-ins (代管): whose duty a grant is.
ALTER TABLE member_grant ADD COLUMN on_behalf TEXT;
