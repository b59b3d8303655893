-- What every query of this folder begins with. $1: the schemas, NULL for all; $2: the tables left out, as `name` or
-- `schema.name`. A name that begins with pg_ is the system's.
WITH spaces AS (
    SELECT space.oid, space.nspname::text AS space
    FROM pg_namespace AS space
    WHERE space.nspname <> 'information_schema' AND space.nspname NOT LIKE 'pg\_%'
        AND ($1::text[] IS NULL OR space.nspname = ANY ($1))
),
-- What belongs to an extension comes and goes with it.
extended AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
),
-- Tables, views and sequences that are compared.
relations AS (
    SELECT relation.oid, relation.relkind, spaces.space, relation.relname::text AS name
    FROM pg_class AS relation JOIN spaces ON spaces.oid = relation.relnamespace
    WHERE relation.relkind IN ('r', 'p', 'f', 'm', 'v', 'S')
        AND relation.relpersistence <> 't'
        AND NOT (relation.relname = ANY ($2) OR spaces.space || '.' || relation.relname = ANY ($2))
        AND NOT EXISTS (SELECT FROM extended
            WHERE extended.classid = 'pg_class'::regclass AND extended.objid = relation.oid)
        -- The sequence of an identity column is a part of it, and that of a table left out is left out.
        AND NOT (relation.relkind = 'S' AND EXISTS (
            SELECT FROM pg_depend AS owns JOIN pg_class AS owner ON owner.oid = owns.refobjid
            JOIN pg_namespace AS space ON space.oid = owner.relnamespace
            WHERE owns.classid = 'pg_class'::regclass AND owns.objid = relation.oid
                AND owns.refclassid = 'pg_class'::regclass
                AND (owns.deptype = 'i' OR owns.deptype = 'a'
                    AND (owner.relname = ANY ($2) OR space.nspname || '.' || owner.relname = ANY ($2)))))
)
