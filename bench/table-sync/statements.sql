-- What a tool that writes row by row would send, in a database that holds both tables.
SELECT format('DELETE FROM item WHERE id = %s;', p.id)
FROM production.item AS p
WHERE NOT EXISTS (SELECT FROM development.item AS d WHERE d.id = p.id)
ORDER BY p.id;
SELECT format(
  'UPDATE item SET code = %L, name = %L, description = %L, price = %L, stock = %L, active = %L, attrs = %L, created_at = %L, updated_at = %L WHERE id = %s;',
  d.code, d.name, d.description, d.price, d.stock, d.active, d.attrs, d.created_at, d.updated_at, d.id
)
FROM development.item AS d
JOIN production.item AS p USING (id)
WHERE d.updated_at <> p.updated_at
ORDER BY d.id;
SELECT format(
  'INSERT INTO item VALUES (%s, %L, %L, %L, %L, %L, %L, %L, %L, %L);',
  d.id, d.code, d.name, d.description, d.price, d.stock, d.active, d.attrs, d.created_at, d.updated_at
)
FROM development.item AS d
WHERE NOT EXISTS (SELECT FROM production.item AS p WHERE p.id = d.id)
ORDER BY d.id;
