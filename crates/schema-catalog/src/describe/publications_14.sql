-- Before PostgreSQL 15.
SELECT 19, 'Publications:', row_number() OVER (ORDER BY pubname), format('    "%s"', pubname)
FROM pg_publication AS publication
WHERE (SELECT relkind IN ('r', 'p', 'f', 'm') FROM pg_class WHERE oid = $1) AND (puballtables
    AND pg_relation_is_publishable($1) OR EXISTS (SELECT FROM pg_publication_rel
        WHERE prpubid = publication.oid AND prrelid = $1))
