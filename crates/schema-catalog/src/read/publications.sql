-- What publications know since PostgreSQL 15.
SELECT json_build_array('published rows', format('%s in %I', prrelid::regclass, pubname), concat_ws(' ',
    'WHERE ' || pg_get_expr(prqual, prrelid),
    (SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
        WHERE attrelid = prrelid AND attnum = ANY (prattrs::int2[]))))::text
FROM pg_publication_rel JOIN pg_publication AS publication ON publication.oid = prpubid
WHERE prqual IS NOT NULL OR prattrs IS NOT NULL
UNION ALL
SELECT json_build_array('published schema', format('%I in %I', nspname, pubname), '')::text
FROM pg_publication_namespace JOIN pg_publication AS publication ON publication.oid = pnpubid
JOIN pg_namespace ON pg_namespace.oid = pnnspid
