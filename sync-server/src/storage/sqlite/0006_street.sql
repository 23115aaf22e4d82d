-- Which street this is. A database of before gets its name from the key its phones already have, so that every restore of one backup
-- comes to the same street; one without such a key, and a new one, by chance.
ALTER TABLE meta ADD COLUMN street BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
UPDATE meta SET street = coalesce(
    (SELECT unhex(substr(value, 1, 32)) FROM setting WHERE name = 'rescue_key' AND length(value) = 64),
    randomblob(16));
