-- The same table as item.sql, of MariaDB's types.
CREATE TABLE item (
  id bigint PRIMARY KEY,
  code varchar(20) NOT NULL,
  name varchar(100) NOT NULL,
  description text,
  price decimal(12, 2) NOT NULL,
  stock integer NOT NULL,
  active boolean NOT NULL,
  attrs json NOT NULL,
  created_at datetime(3) NOT NULL,
  updated_at datetime(3) NOT NULL
) DEFAULT CHARSET = utf8mb4;
INSERT INTO item
SELECT
  seq, concat('C', lpad(seq, 9, '0')), concat('Item name ', md5(seq)), repeat(md5(seq * 7), 2),
  ((seq * 37) % 1000000) / 100, seq % 5000, seq % 3 <> 0,
  json_object('color', elt(1 + seq % 3, 'red', 'green', 'blue'), 'w', seq % 97, 'tags', json_array(concat('a', seq % 11), concat('b', seq % 7))),
  timestamp('2025-01-01') + INTERVAL seq % 31536000 SECOND,
  timestamp('2025-06-01') + INTERVAL (seq * 13) % 10000000 SECOND + INTERVAL (seq % 1000) * 1000 MICROSECOND
FROM seq_1_to_1000000;
