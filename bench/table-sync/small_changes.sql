-- In each of the forty tables one row is deleted, one updated, one new.
SELECT format(
  'DELETE FROM master_%1$s WHERE id = 7;
   UPDATE master_%1$s SET name = ''renamed'', updated_at = updated_at + interval ''1 day'' WHERE id = 11;
   INSERT INTO master_%1$s VALUES (1001, ''new'', ''new'', 1, timestamptz ''2026-01-01 00:00:00+00'')',
  lpad(n::text, 2, '0')
) FROM generate_series(1, 40) AS n \gexec
