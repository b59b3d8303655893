-- The relation that $1 names as SQL does, or else the one that is called exactly so.
SELECT relation.oid, relation.relkind::text, current_setting('server_version_num')::int4,
    CASE
        WHEN relation.relkind = 'r' AND relation.relpersistence = 'u' THEN 'Unlogged table'
        WHEN relation.relkind = 'r' THEN 'Table'
        WHEN relation.relkind = 'p' AND relation.relpersistence = 'u' THEN 'Unlogged partitioned table'
        WHEN relation.relkind = 'p' THEN 'Partitioned table'
        WHEN relation.relkind = 'v' THEN 'View'
        WHEN relation.relkind = 'm' AND relation.relpersistence = 'u' THEN 'Unlogged materialized view'
        WHEN relation.relkind = 'm' THEN 'Materialized view'
        WHEN relation.relkind = 'f' THEN 'Foreign table'
        WHEN relation.relkind = 'S' AND relation.relpersistence = 'u' THEN 'Unlogged sequence'
        WHEN relation.relkind = 'S' THEN 'Sequence'
        WHEN relation.relkind = 'i' AND relation.relpersistence = 'u' THEN 'Unlogged index'
        WHEN relation.relkind = 'i' THEN 'Index'
        WHEN relation.relkind = 'I' AND relation.relpersistence = 'u' THEN 'Unlogged partitioned index'
        WHEN relation.relkind = 'I' THEN 'Partitioned index'
        WHEN relation.relkind = 'c' THEN 'Composite type'
        ELSE 'Relation'
    END || format(' "%s.%s"', space.nspname, relation.relname)
FROM pg_class AS relation JOIN pg_namespace AS space ON space.oid = relation.relnamespace
WHERE relation.oid = coalesce(to_regclass($1), to_regclass(quote_ident($1)))
