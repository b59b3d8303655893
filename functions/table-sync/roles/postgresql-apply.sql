-- The role that applies. It may do what the role that compares may do, insert, update and delete rows of the tables that are
-- listed, move the sequences of their columns, and keep temporary tables, in which changes wait. It can't truncate, alter or
-- make a table. Only the database that is written to needs it.
--
--   psql ADDRESS -v tables='public.m_*,public.item' -f postgresql-apply.sql
--   \password table_sync_apply
--
-- A trigger that is not SECURITY DEFINER acts as this role: grant it what such triggers of these tables do elsewhere.
\set ON_ERROR_STOP on
\if :{?role}
\else
  \set role table_sync_apply
\endif
\ir postgresql-read.sql

SELECT format('GRANT TEMPORARY ON DATABASE %I TO %I', current_database(), :'role')
\gexec

SELECT format('GRANT INSERT, UPDATE, DELETE ON TABLE %I.%I TO %I', schema, name, :'role') FROM listed
\gexec

SELECT format('GRANT SELECT, UPDATE ON SEQUENCE %s TO %I', sequence.oid::regclass, :'role')
  FROM pg_class AS sequence
  JOIN pg_depend AS owned ON owned.classid = 'pg_class'::regclass AND owned.objid = sequence.oid AND owned.deptype IN ('a', 'i')
 WHERE sequence.relkind = 'S' AND owned.refclassid = 'pg_class'::regclass AND owned.refobjid IN (SELECT oid FROM listed)
\gexec
