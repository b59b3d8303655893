SELECT json_build_object(
    'schema', relations.space, 'name', relations.name,
    'data_type', format_type(sequence.seqtypid, NULL),
    'start', sequence.seqstart, 'increment', sequence.seqincrement,
    'minimum', sequence.seqmin, 'maximum', sequence.seqmax,
    'cache', sequence.seqcache, 'cycles', sequence.seqcycle,
    'owner', (SELECT json_build_object('schema', space.nspname, 'name', owner.relname, 'column', attribute.attname)
        FROM pg_depend AS owns
        JOIN pg_class AS owner ON owner.oid = owns.refobjid
        JOIN pg_namespace AS space ON space.oid = owner.relnamespace
        JOIN pg_attribute AS attribute ON (attribute.attrelid, attribute.attnum) = (owns.refobjid, owns.refobjsubid)
        WHERE owns.classid = 'pg_class'::regclass AND owns.objid = relations.oid AND owns.deptype = 'a'
            AND owns.refclassid = 'pg_class'::regclass),
    'comment', obj_description(relations.oid, 'pg_class'))::text
FROM relations JOIN pg_sequence AS sequence ON sequence.seqrelid = relations.oid
