-- Forty tables as a shop's master data has them: a few hundred rows each.
SELECT format(
  'CREATE TABLE master_%1$s (id integer PRIMARY KEY, code text NOT NULL, name text NOT NULL, sort integer NOT NULL, updated_at timestamptz NOT NULL)',
  lpad(n::text, 2, '0')
) FROM generate_series(1, 40) AS n \gexec
SELECT format(
  'INSERT INTO master_%1$s SELECT i, ''c'' || i, md5(i::text), i, timestamptz ''2025-06-01 00:00:00+00'' + i * interval ''1 hour'' FROM generate_series(1, 200 + %2$s) AS i',
  lpad(n::text, 2, '0'), n
) FROM generate_series(1, 40) AS n \gexec
