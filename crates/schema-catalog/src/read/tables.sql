-- Tables of every kind, with their parts. Those that are no ordinary tables become one text each: `Found::text`.
SELECT json_build_object(
    'schema', relations.space, 'name', relations.name,
    'kind', CASE
        WHEN relations.relkind = 'm' THEN 'materialized view'
        WHEN relation.relispartition AND relations.relkind = 'f' THEN 'foreign table'
        WHEN relation.relispartition THEN 'partition'
        WHEN relations.relkind = 'p' THEN 'partitioned table'
        WHEN relations.relkind = 'f' THEN 'foreign table'
        WHEN relation.reloftype <> 0 THEN 'typed table'
        WHEN EXISTS (SELECT FROM pg_inherits WHERE relation.oid IN (inhrelid, inhparent)) THEN 'inherited table'
        ELSE 'table' END,
    'is_unlogged', relation.relpersistence = 'u',
    'options', (SELECT coalesce(json_agg(option ORDER BY option COLLATE "C"), '[]')
        FROM unnest(relation.reloptions) AS option),
    'comment', obj_description(relation.oid, 'pg_class'),
    'columns', (SELECT coalesce(json_agg(json_build_object(
            'name', attribute.attname,
            'data_type', format_type(attribute.atttypid, attribute.atttypmod),
            'collation', (SELECT format('%I.%I', space.nspname, named.collname)
                FROM pg_collation AS named JOIN pg_namespace AS space ON space.oid = named.collnamespace
                WHERE named.oid = attribute.attcollation AND attribute.attcollation <> type.typcollation),
            'is_required', attribute.attnotnull,
            'expression', pg_get_expr(fallback.adbin, fallback.adrelid),
            'generated', attribute.attgenerated,
            'identity', attribute.attidentity,
            'sequence', (SELECT json_build_object(
                    'data_type', format_type(sequence.seqtypid, NULL),
                    'start', sequence.seqstart, 'increment', sequence.seqincrement,
                    'minimum', sequence.seqmin, 'maximum', sequence.seqmax,
                    'cache', sequence.seqcache, 'cycles', sequence.seqcycle,
                    'comment', obj_description(sequence.seqrelid, 'pg_class'))
                FROM pg_depend AS owns JOIN pg_sequence AS sequence ON sequence.seqrelid = owns.objid
                WHERE attribute.attidentity <> '' AND owns.classid = 'pg_class'::regclass AND owns.deptype = 'i'
                    AND owns.refclassid = 'pg_class'::regclass AND owns.refobjid = attribute.attrelid
                    AND owns.refobjsubid = attribute.attnum),
            'comment', col_description(attribute.attrelid, attribute.attnum)
        ) ORDER BY attribute.attnum), '[]')
        FROM pg_attribute AS attribute
        JOIN pg_type AS type ON type.oid = attribute.atttypid
        LEFT JOIN pg_attrdef AS fallback
            ON (fallback.adrelid, fallback.adnum) = (attribute.attrelid, attribute.attnum) AND attribute.atthasdef
        WHERE attribute.attrelid = relation.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped),
    'constraints', (SELECT coalesce(json_agg(json_build_object(
            'name', rule.conname,
            'kind', rule.contype,
            'definition', pg_get_constraintdef(rule.oid),
            'columns', (SELECT coalesce(json_agg(attribute.attname ORDER BY part.n), '[]')
                FROM unnest(rule.conkey) WITH ORDINALITY AS part (number, n)
                JOIN pg_attribute AS attribute ON (attribute.attrelid, attribute.attnum) = (rule.conrelid, part.number)),
            'references', (SELECT json_build_object('schema', space.nspname, 'name', other.relname)
                FROM pg_class AS other JOIN pg_namespace AS space ON space.oid = other.relnamespace
                WHERE other.oid = rule.confrelid),
            'comment', obj_description(rule.oid, 'pg_constraint')
        )), '[]')
        FROM pg_constraint AS rule
        -- A foreign key to a partitioned table has a copy for each partition.
        WHERE rule.conrelid = relation.oid AND rule.contype IN ('p', 'u', 'c', 'f', 'x')
            AND (rule.contype <> 'f' OR rule.conparentid = 0)),
    'indexes', (SELECT coalesce(json_agg(json_build_object(
            'name', named.relname,
            'definition', pg_get_indexdef(named.oid),
            'is_unique', index.indisunique,
            'is_valid', index.indisvalid AND index.indisready AND index.indislive,
            'comment', obj_description(named.oid, 'pg_class')
        )), '[]')
        FROM pg_index AS index JOIN pg_class AS named ON named.oid = index.indexrelid
        WHERE index.indrelid = relation.oid AND NOT EXISTS (SELECT FROM pg_constraint AS rule
            WHERE rule.conindid = named.oid AND rule.conrelid = relation.oid AND rule.contype IN ('p', 'u', 'x'))),
    'triggers', (SELECT coalesce(json_agg(json_build_object(
            'name', watch.tgname,
            'definition', pg_get_triggerdef(watch.oid),
            'enabled', watch.tgenabled,
            'comment', obj_description(watch.oid, 'pg_trigger')
        )), '[]')
        FROM pg_trigger AS watch WHERE watch.tgrelid = relation.oid AND NOT watch.tgisinternal),
    -- What only special tables have; the order of their columns counts, for a partition's rows are moved by it.
    'special', json_build_array(
        'partition by ' || pg_get_partkeydef(relation.oid),
        pg_get_expr(relation.relpartbound, relation.oid),
        'of ' || nullif(relation.reloftype, 0)::regtype::text,
        (SELECT 'parents ' || string_agg(inhparent::regclass::text, ', ' ORDER BY inhseqno)
            FROM pg_inherits WHERE inhrelid = relation.oid),
        (SELECT 'own columns ' || string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = relation.oid AND attnum > 0 AND NOT attisdropped AND attislocal AND relation.relkind <> 'm'),
        (SELECT 'server ' || quote_ident(server.srvname) || ' ' || coalesce(ftoptions::text, '')
            FROM pg_foreign_table JOIN pg_foreign_server AS server ON server.oid = ftserver
            WHERE ftrelid = relation.oid),
        CASE WHEN relation.relkind = 'm' THEN 'as' || pg_get_viewdef(relation.oid) END)
)::text
FROM relations JOIN pg_class AS relation USING (oid)
WHERE relations.relkind IN ('r', 'p', 'f', 'm')
