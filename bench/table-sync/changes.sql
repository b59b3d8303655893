-- What development has done since: one row in a hundred deleted, one updated, one new. They are spread evenly, which is
-- the worst case for tools that look for differing ranges.
DELETE FROM item WHERE id % 100 = 17;
UPDATE item SET price = price + 1, name = name || ' (new)', updated_at = updated_at + interval '300 days' WHERE id % 100 = 53;
INSERT INTO item
SELECT id + :rows, code || 'N', name, description, price, stock, active, attrs, created_at, updated_at
FROM item
WHERE id % 100 = 5;
