-- Since PostgreSQL 15, which publishes whole schemas, some columns and some rows.
SELECT 19 AS section, 'Publications:' AS heading, row_number() OVER (ORDER BY pubname), concat(
    '    "', pubname, '"', ' (' || columns || ')', ' WHERE ' || condition)
FROM (
    SELECT pubname, NULL AS columns, NULL AS condition
    FROM pg_publication AS publication
    JOIN pg_publication_namespace ON pnpubid = publication.oid
    JOIN pg_class AS relation ON relation.relnamespace = pnnspid
    WHERE relation.oid = $1 AND pg_relation_is_publishable($1)
    UNION
    SELECT pubname, (SELECT string_agg(attname, ', ' ORDER BY n) FROM unnest(prattrs::int2[]) WITH ORDINALITY AS part (number, n)
        JOIN pg_attribute ON attrelid = prrelid AND attnum = number), pg_get_expr(prqual, prrelid)
    FROM pg_publication AS publication JOIN pg_publication_rel ON prpubid = publication.oid WHERE prrelid = $1
    UNION
    SELECT pubname, NULL, NULL FROM pg_publication WHERE puballtables AND pg_relation_is_publishable($1)
) AS published
WHERE (SELECT relkind IN ('r', 'p', 'f', 'm') FROM pg_class WHERE oid = $1)
