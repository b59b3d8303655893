-- Every object and part with the kind and name that dependencies call it by.
, objects AS (
    SELECT 'pg_type'::regclass AS classid, type.oid AS objid, 0 AS objsubid, 'enumeration' AS kind, space,
        named.typname::text AS name, ''::text AS part
    FROM pg_type AS named JOIN spaces ON spaces.oid = named.typnamespace
    JOIN pg_type AS type ON type.oid IN (named.oid, named.typarray)
    WHERE named.typtype = 'e'
    UNION ALL
    SELECT 'pg_class'::regclass, oid, 0, CASE relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' ELSE 'table' END,
        space, name, ''
    FROM relations
    UNION ALL
    -- The type of a table's rows.
    SELECT 'pg_type'::regclass, type.oid, 0, CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END, space, name, ''
    FROM relations JOIN pg_type AS row ON row.typrelid = relations.oid
    JOIN pg_type AS type ON type.oid IN (row.oid, row.typarray)
    WHERE relkind <> 'S'
    UNION ALL
    SELECT 'pg_class'::regclass, oid, attnum, 'column', space, name, attname::text
    FROM relations JOIN pg_attribute ON attrelid = oid AND attnum > 0 AND NOT attisdropped
    WHERE relkind <> 'S'
    UNION ALL
    SELECT 'pg_attrdef'::regclass, fallback.oid, 0, 'default', space, name, attname::text
    FROM relations JOIN pg_attrdef AS fallback ON fallback.adrelid = relations.oid
    JOIN pg_attribute ON (attrelid, attnum) = (fallback.adrelid, fallback.adnum)
    UNION ALL
    SELECT 'pg_constraint'::regclass, rule.oid, 0, 'constraint', space, name, conname::text
    FROM relations JOIN pg_constraint AS rule ON rule.conrelid = relations.oid
    WHERE rule.contype IN ('p', 'u', 'c', 'f', 'x')
    UNION ALL
    -- The index behind a constraint is the constraint.
    SELECT 'pg_class'::regclass, named.oid, 0, CASE WHEN rule.oid IS NULL THEN 'index' ELSE 'constraint' END,
        space, name, named.relname::text
    FROM relations JOIN pg_index AS index ON index.indrelid = relations.oid
    JOIN pg_class AS named ON named.oid = index.indexrelid
    LEFT JOIN pg_constraint AS rule
        ON rule.conindid = named.oid AND rule.conrelid = relations.oid AND rule.contype IN ('p', 'u', 'x')
    UNION ALL
    SELECT 'pg_trigger'::regclass, watch.oid, 0, 'trigger', space, name, tgname::text
    FROM relations JOIN pg_trigger AS watch ON watch.tgrelid = relations.oid AND NOT tgisinternal
    UNION ALL
    SELECT 'pg_rewrite'::regclass, rule.oid, 0, 'view', space, name, ''
    FROM relations JOIN pg_rewrite AS rule ON rule.ev_class = relations.oid AND rule.rulename = '_RETURN'
    WHERE relkind = 'v'
    UNION ALL
    SELECT 'pg_proc'::regclass, function.oid, 0, 'function', space, proname::text,
        oidvectortypes(function.proargtypes)
    FROM pg_proc AS function JOIN spaces ON spaces.oid = function.pronamespace
    WHERE function.prokind IN ('f', 'p', 'w')
)
-- An owned sequence can exist without its owner.
SELECT DISTINCT json_build_array(
    json_build_object('kind', mine.kind, 'schema', mine.space, 'name', mine.name, 'part', mine.part),
    json_build_object('kind', theirs.kind, 'schema', theirs.space, 'name', theirs.name, 'part', theirs.part))::text
FROM pg_depend AS need
JOIN objects AS mine USING (classid, objid, objsubid)
JOIN objects AS theirs
    ON (theirs.classid, theirs.objid, theirs.objsubid) = (need.refclassid, need.refobjid, need.refobjsubid)
WHERE (mine.kind, mine.space, mine.name, mine.part) <> (theirs.kind, theirs.space, theirs.name, theirs.part)
    AND NOT (mine.kind = 'sequence' AND need.deptype IN ('a', 'i'))
    AND need.deptype IN ('n', 'a', 'i')
