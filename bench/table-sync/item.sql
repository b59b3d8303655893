-- :rows master rows of ten columns, as a shop has them: some 250 bytes each.
CREATE TABLE item (
  id bigint PRIMARY KEY,
  code text NOT NULL,
  name text NOT NULL,
  description text,
  price numeric(12,2) NOT NULL,
  stock integer NOT NULL,
  active boolean NOT NULL,
  attrs jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
INSERT INTO item
SELECT
  i, 'C' || lpad(i::text, 9, '0'), 'Item name ' || md5(i::text), repeat(md5((i * 7)::text), 2),
  ((i * 37) % 1000000) / 100.0, i % 5000, i % 3 <> 0,
  jsonb_build_object(
    'color', (ARRAY['red', 'green', 'blue'])[1 + i % 3], 'w', i % 97, 'tags', jsonb_build_array('a' || (i % 11), 'b' || (i % 7))
  ),
  timestamptz '2025-01-01 00:00:00+00' + (i % 31536000) * interval '1 second',
  timestamptz '2025-06-01 00:00:00+00' + ((i * 13) % 10000000) * interval '1 second' + (i % 1000) * interval '1 millisecond'
FROM generate_series(1::bigint, :rows) AS i;
