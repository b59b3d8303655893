SELECT json_build_object('name', extension.extname, 'schema', space.nspname)::text
FROM pg_extension AS extension JOIN pg_namespace AS space ON space.oid = extension.extnamespace
WHERE $1::text[] IS NULL OR space.nspname = ANY ($1)
