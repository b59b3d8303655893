-- The structures of the tables $1 (schemas) and $2 (names), one JSON object each: `Found` of catalog.rs. Those that are not
-- there, or that the role may not read, are left out.
WITH RECURSIVE wanted AS (
    SELECT class.oid, class.relkind, class.relispartition, class.reltuples, space.nspname, class.relname, given.n
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (schema, name, n)
    JOIN pg_namespace AS space ON space.nspname = given.schema
    JOIN pg_class AS class ON class.relnamespace = space.oid AND class.relname = given.name
    WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f')
        AND has_schema_privilege(space.oid, 'USAGE')
        AND has_any_column_privilege(class.oid, 'SELECT')
),
-- What a table's rows are in: itself, or its partitions.
parts AS (
    SELECT wanted.oid AS whole, wanted.oid FROM wanted WHERE wanted.relkind <> 'p'
    UNION ALL
    SELECT wanted.oid, tree.relid::oid FROM wanted CROSS JOIN LATERAL pg_partition_tree(wanted.oid) AS tree
    WHERE wanted.relkind = 'p' AND tree.isleaf
),
-- A table that was emptied or rebuilt after the snapshot looks empty in it: the catalog of the snapshot and that of now
-- tell of different files.
stored AS (
    SELECT parts.whole, sum(greatest(part.reltuples, 0))::bigint AS rows_estimate,
        bool_or(part.relkind = 'r' AND part.relfilenode <> pg_relation_filenode(part.oid)) AS rebuilt
    FROM parts JOIN pg_class AS part USING (oid)
    GROUP BY parts.whole
),
-- A domain is what it is made of, which may be a domain.
domains (oid, below) AS (
    SELECT type.oid, type.typbasetype FROM pg_type AS type WHERE type.typtype = 'd'
    UNION ALL
    SELECT domains.oid, type.typbasetype
    FROM domains JOIN pg_type AS type ON type.oid = domains.below AND type.typtype = 'd'
),
bases AS (
    SELECT domains.* FROM domains JOIN pg_type AS type ON type.oid = domains.below AND type.typtype <> 'd'
),
-- A table, and those from which a deletion in it takes rows along.
trees AS (
    SELECT wanted.oid AS whole, wanted.oid FROM wanted
    UNION
    SELECT trees.whole, key.conrelid
    FROM trees JOIN pg_constraint AS key ON key.confrelid = trees.oid
    WHERE key.contype = 'f' AND key.conparentid = 0 AND key.confdeltype = 'c'
),
-- A foreign key of a partition is a copy of its parent's.
foreign_keys AS (
    SELECT key.conrelid, key.confrelid, key.conname, json_build_object(
        'name', key.conname,
        'table', json_build_object('schema', own_space.nspname, 'name', own.relname),
        'columns', (SELECT json_agg(attribute.attname ORDER BY part.n)
            FROM unnest(key.conkey) WITH ORDINALITY AS part (number, n)
            JOIN pg_attribute AS attribute ON (attribute.attrelid, attribute.attnum) = (key.conrelid, part.number)),
        'references', json_build_object('schema', other_space.nspname, 'name', other.relname),
        'referenced_columns', (SELECT json_agg(attribute.attname ORDER BY part.n)
            FROM unnest(key.confkey) WITH ORDINALITY AS part (number, n)
            JOIN pg_attribute AS attribute ON (attribute.attrelid, attribute.attnum) = (key.confrelid, part.number)),
        'on_delete', CASE key.confdeltype
            WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set_null' WHEN 'd' THEN 'set_default' ELSE 'refuse' END,
        'on_update', CASE key.confupdtype
            WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set_null' WHEN 'd' THEN 'set_default' ELSE 'refuse' END,
        'deferrable', key.condeferrable
    ) AS told,
    -- What lets the role count the rows; none where it may.
    concat_ws('; ',
        CASE WHEN NOT has_schema_privilege(own_space.oid, 'USAGE') THEN
            format('GRANT USAGE ON SCHEMA %I TO %I', own_space.nspname, current_user) END,
        (SELECT format('GRANT SELECT (%s) ON %I.%I TO %I', string_agg(quote_ident(attribute.attname), ', ' ORDER BY part.n),
                own_space.nspname, own.relname, current_user)
            FROM unnest(key.conkey) WITH ORDINALITY AS part (number, n)
            JOIN pg_attribute AS attribute ON (attribute.attrelid, attribute.attnum) = (key.conrelid, part.number)
            WHERE NOT has_column_privilege(own.oid, attribute.attnum, 'SELECT')
            HAVING count(*) > 0),
        (SELECT format('GRANT SELECT (%s) ON %I.%I TO %I', string_agg(quote_ident(attribute.attname), ', ' ORDER BY part.n),
                other_space.nspname, other.relname, current_user)
            FROM unnest(key.confkey) WITH ORDINALITY AS part (number, n)
            JOIN pg_attribute AS attribute ON (attribute.attrelid, attribute.attnum) = (key.confrelid, part.number)
            WHERE key.confrelid NOT IN (SELECT oid FROM wanted) AND NOT has_column_privilege(other.oid, attribute.attnum, 'SELECT')
            HAVING count(*) > 0),
        CASE WHEN row_security_active(own.oid) THEN format('ALTER ROLE %I BYPASSRLS', current_user) END
    ) AS lacks
    FROM pg_constraint AS key
    JOIN pg_class AS own ON own.oid = key.conrelid
    JOIN pg_namespace AS own_space ON own_space.oid = own.relnamespace
    JOIN pg_class AS other ON other.oid = key.confrelid
    JOIN pg_namespace AS other_space ON other_space.oid = other.relnamespace
    WHERE key.contype = 'f' AND key.conparentid = 0
        AND (key.conrelid IN (SELECT oid FROM wanted) OR key.confrelid IN (SELECT oid FROM trees))
)
SELECT wanted.n, json_build_object(
    'kind', CASE
        WHEN wanted.relkind = 'p' THEN 'partitioned'
        WHEN wanted.relkind = 'f' THEN 'foreign'
        WHEN wanted.relkind <> 'r' THEN 'view'
        WHEN NOT wanted.relispartition AND EXISTS (
            SELECT FROM pg_inherits WHERE wanted.oid IN (inhrelid, inhparent)) THEN 'inherited'
        ELSE 'table' END,
    'row_security', row_security_active(wanted.oid),
    'rebuilt', coalesce(stored.rebuilt, false),
    'rows_estimate', coalesce(stored.rows_estimate, 0),
    'columns', (SELECT coalesce(json_agg(json_build_object(
            'name', attribute.attname,
            'type_name', format_type(attribute.atttypid, attribute.atttypmod),
            'nullable', NOT attribute.attnotnull,
            'generated', CASE
                WHEN attribute.attgenerated <> '' THEN 'computed'
                WHEN attribute.attidentity = 'a' THEN 'identity_always'
                WHEN attribute.attidentity = 'd' OR EXISTS (SELECT FROM pg_attrdef AS fallback
                    JOIN pg_depend AS needs ON needs.classid = 'pg_attrdef'::regclass AND needs.objid = fallback.oid
                        AND needs.refclassid = 'pg_class'::regclass
                    JOIN pg_class AS sequence ON sequence.oid = needs.refobjid AND sequence.relkind = 'S'
                    WHERE (fallback.adrelid, fallback.adnum) = (wanted.oid, attribute.attnum)) THEN 'sequence'
                ELSE 'no' END,
            'collation', (SELECT format('%I.%I', space.nspname, named.collname)
                FROM pg_collation AS named JOIN pg_namespace AS space ON space.oid = named.collnamespace
                WHERE named.oid = attribute.attcollation AND attribute.attcollation <> own.typcollation),
            'below', below.typname,
            'textual', below.typcategory = 'S' OR below.typtype = 'e',
            'readable', has_column_privilege(wanted.oid, attribute.attnum, 'SELECT')
        ) ORDER BY attribute.attnum), '[]')
        FROM pg_attribute AS attribute
        JOIN pg_type AS own ON own.oid = attribute.atttypid
        LEFT JOIN bases ON bases.oid = own.oid
        JOIN pg_type AS below ON below.oid = coalesce(bases.below, own.oid)
        WHERE attribute.attrelid = wanted.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped),
    'uniques', (SELECT coalesce(json_agg(json_build_object(
            'name', named.relname,
            'primary', index.indisprimary,
            'columns', (SELECT coalesce(json_agg(attribute.attname ORDER BY part.n), '[]')
                FROM unnest(index.indkey::int2[]) WITH ORDINALITY AS part (number, n)
                JOIN pg_attribute AS attribute ON (attribute.attrelid, attribute.attnum) = (wanted.oid, part.number)
                WHERE part.n <= index.indnkeyatts),
            'deferrable', NOT index.indimmediate,
            -- Servers before 15 do not know the column.
            'nulls_not_distinct', coalesce((to_jsonb(index) ->> 'indnullsnotdistinct')::boolean, false),
            'special', index.indexprs IS NOT NULL OR index.indpred IS NOT NULL
        ) ORDER BY named.relname), '[]')
        FROM pg_index AS index JOIN pg_class AS named ON named.oid = index.indexrelid
        WHERE index.indrelid = wanted.oid AND index.indisunique AND index.indisvalid),
    'references', (SELECT coalesce(json_agg(told ORDER BY conname), '[]')
        FROM foreign_keys WHERE conrelid = wanted.oid),
    'referenced_by', (SELECT coalesce(json_agg(told ORDER BY told #>> '{table,schema}', told #>> '{table,name}', conname), '[]')
        FROM foreign_keys WHERE confrelid = wanted.oid),
    'below', (SELECT coalesce(json_agg(told ORDER BY told #>> '{table,schema}', told #>> '{table,name}', conname), '[]')
        FROM foreign_keys WHERE confrelid IN (SELECT oid FROM trees WHERE whole = wanted.oid AND oid <> wanted.oid)),
    'hidden', (SELECT coalesce(json_agg(json_build_object('what', 'rows', 'key', told, 'grant', lacks) ORDER BY conname), '[]')
        FROM foreign_keys WHERE confrelid IN (SELECT oid FROM trees WHERE whole = wanted.oid) AND lacks <> ''),
    'triggers', (SELECT coalesce(json_agg(json_build_object('name', tgname, 'type', tgtype) ORDER BY tgname), '[]')
        FROM pg_trigger WHERE tgrelid = wanted.oid AND NOT tgisinternal AND tgenabled IN ('O', 'A')),
    'rules', (SELECT coalesce(json_agg(json_build_object('name', rulename, 'event', ev_type) ORDER BY rulename), '[]')
        FROM pg_rewrite WHERE ev_class = wanted.oid AND rulename <> '_RETURN' AND ev_enabled IN ('O', 'A'))
)::text
FROM wanted LEFT JOIN stored ON stored.whole = wanted.oid
ORDER BY wanted.n
