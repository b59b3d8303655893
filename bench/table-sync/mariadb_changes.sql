-- The same changes as changes.sql.
DELETE FROM item WHERE id % 100 = 17;
UPDATE item SET price = price + 1, name = concat(name, ' (new)'), updated_at = updated_at + INTERVAL 300 DAY WHERE id % 100 = 53;
INSERT INTO item
SELECT id + 1000000, concat(code, 'N'), name, description, price, stock, active, attrs, created_at, updated_at FROM item WHERE id % 100 = 5;
