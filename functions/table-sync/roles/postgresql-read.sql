-- The role that compares. It reads the tables that are listed, the columns of other tables that point at them, and
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

-- A deletion takes along, or is refused for, rows that point at it: they are counted, by the columns of their keys.
SELECT format('GRANT SELECT (%s) ON TABLE %s TO %I', (
         SELECT string_agg(format('%I', attribute.attname), ', ' ORDER BY attribute.attnum)
           FROM pg_attribute AS attribute
          WHERE attribute.attrelid = key.conrelid AND attribute.attnum = ANY (key.conkey)
       ), key.conrelid::regclass, :'role')
  FROM pg_constraint AS key
 WHERE key.contype = 'f' AND key.conparentid = 0
   AND key.confrelid IN (SELECT oid FROM listed) AND key.conrelid NOT IN (SELECT oid FROM listed)
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
