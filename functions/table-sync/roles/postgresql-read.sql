-- The role that compares. It reads the tables that are listed, the columns by which other tables hang below them, and
-- schema_migrations; it writes nothing. Run it again after TABLES or a table has changed: what is no longer listed is taken back.
--
--   psql ADDRESS -v tables='public.m_*,public.item' -f postgresql-read.sql
--   \password table_sync_read
--
-- tables and exclude are written as in TABLES and EXCLUDE; role is another name for the role.
\set ON_ERROR_STOP on
\if :{?role}
\else
  \set role table_sync_read
\endif
\if :{?tables}
\else
  \set tables ''
\endif
\if :{?exclude}
\else
  \set exclude ''
\endif

SET search_path TO pg_catalog, pg_temp;
SET client_min_messages TO warning;

SELECT format('CREATE ROLE %I LOGIN', :'role')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role')
\gexec

-- A partition is read through its parent.
DROP TABLE IF EXISTS listed;
CREATE TEMPORARY TABLE listed AS
WITH named AS (
  SELECT class.oid, namespace.nspname AS schema, class.relname AS name, namespace.nspname || '.' || class.relname AS whole
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
   WHERE class.relkind IN ('r', 'p') AND NOT class.relispartition
     AND namespace.nspname <> 'information_schema' AND namespace.nspname !~ '^pg_'
), patterns AS (
  SELECT list.wanted, replace(regexp_replace(trim(pattern), '([\\%_])', '\\\1', 'g'), '*', '%') AS pattern
    FROM (VALUES (true, :'tables'), (false, :'exclude')) AS list (wanted, patterns),
         unnest(string_to_array(list.patterns, ',')) AS pattern
)
SELECT oid, schema, name FROM named
 WHERE EXISTS (SELECT FROM patterns WHERE wanted AND named.whole LIKE patterns.pattern)
   AND NOT EXISTS (SELECT FROM patterns WHERE NOT wanted AND named.whole LIKE patterns.pattern);

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM listed) THEN
    RAISE EXCEPTION 'no table of this database is listed' USING HINT = 'psql -v tables=''public.m_*,public.item'': schema.table, with * for any characters';
  END IF;
END $$;

-- What it had before.
SELECT DISTINCT format('REVOKE ALL ON %s %s FROM %I', CASE class.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, class.oid::regclass, :'role')
  FROM pg_class AS class
 WHERE EXISTS (SELECT FROM aclexplode(class.relacl) AS entry WHERE entry.grantee = :'role'::regrole)
    OR EXISTS (SELECT FROM pg_attribute AS attribute, aclexplode(attribute.attacl) AS entry
                WHERE attribute.attrelid = class.oid AND entry.grantee = :'role'::regrole)
\gexec

SELECT format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), :'role')
\gexec

SELECT format('GRANT SELECT ON TABLE %I.%I TO %I', schema, name, :'role') FROM listed
\gexec

-- A deletion takes along, or is refused for, rows that point at it, and so does what is taken along: they are counted, by the columns of their keys,
-- and by those that the keys point at.
WITH RECURSIVE deleted AS (
  SELECT oid FROM listed
   UNION
  SELECT key.conrelid FROM deleted JOIN pg_constraint AS key ON key.confrelid = deleted.oid
   WHERE key.contype = 'f' AND key.conparentid = 0 AND key.confdeltype = 'c'
), used AS (
  SELECT ends.oid, unnest(ends.columns) AS column
    FROM pg_constraint AS key, LATERAL (VALUES (key.conrelid, key.conkey), (key.confrelid, key.confkey)) AS ends (oid, columns)
   WHERE key.contype = 'f' AND key.conparentid = 0 AND key.confrelid IN (SELECT oid FROM deleted)
)
SELECT format('GRANT SELECT (%s) ON TABLE %s TO %I',
         string_agg(DISTINCT format('%I', attribute.attname), ', '), used.oid::regclass, :'role')
  FROM used JOIN pg_attribute AS attribute ON attribute.attrelid = used.oid AND attribute.attnum = used.column
 WHERE used.oid NOT IN (SELECT oid FROM listed)
 GROUP BY used.oid
\gexec

-- So that a structure that differs can be told by the migrations that are missing.
SELECT format('GRANT SELECT ON TABLE %s TO %I', class.oid::regclass, :'role')
  FROM pg_class AS class
 WHERE class.relkind = 'r' AND class.relname = 'schema_migrations'
\gexec

SELECT DISTINCT format('GRANT USAGE ON SCHEMA %I TO %I', namespace.nspname, :'role')
  FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
 WHERE EXISTS (SELECT FROM aclexplode(class.relacl) AS entry WHERE entry.grantee = :'role'::regrole)
    OR EXISTS (SELECT FROM pg_attribute AS attribute, aclexplode(attribute.attacl) AS entry
                WHERE attribute.attrelid = class.oid AND entry.grantee = :'role'::regrole)
\gexec
