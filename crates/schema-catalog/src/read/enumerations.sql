SELECT json_build_object(
    'schema', space, 'name', type.typname,
    'labels', (SELECT coalesce(json_agg(enumlabel ORDER BY enumsortorder), '[]')
        FROM pg_enum WHERE enumtypid = type.oid),
    'comment', obj_description(type.oid, 'pg_type'))::text
FROM pg_type AS type JOIN spaces ON spaces.oid = type.typnamespace
WHERE type.typtype = 'e'
    AND NOT EXISTS (SELECT FROM extended WHERE classid = 'pg_type'::regclass AND objid = type.oid)
