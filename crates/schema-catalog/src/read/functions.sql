-- The system makes the functions of a range type by itself.
SELECT json_build_object(
    'schema', space, 'name', function.proname,
    'types', oidvectortypes(function.proargtypes),
    'definition', pg_get_functiondef(function.oid),
    'is_procedure', function.prokind = 'p',
    'result', pg_get_function_result(function.oid),
    'arguments', pg_get_function_arguments(function.oid),
    'comment', obj_description(function.oid, 'pg_proc'))::text
FROM pg_proc AS function JOIN spaces ON spaces.oid = function.pronamespace
WHERE function.prokind IN ('f', 'p', 'w')
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = function.oid
        AND deptype IN ('e', 'i'))
