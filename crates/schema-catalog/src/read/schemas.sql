SELECT json_build_object('name', space, 'comment', obj_description(oid, 'pg_namespace'))::text
FROM spaces
WHERE NOT EXISTS (SELECT FROM extended WHERE classid = 'pg_namespace'::regclass AND objid = spaces.oid)
