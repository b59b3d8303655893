-- Who owns what, where it is not the role that asks, and rights that are not those of a new object.
SELECT json_build_array(kind, name, told)::text
FROM (
    SELECT 'owner' AS kind, format('of %s %s', named.type, named.identity) AS name, need.refobjid::regrole::text AS told
    FROM pg_shdepend AS need
    CROSS JOIN LATERAL pg_identify_object(need.classid, need.objid, need.objsubid) AS named
    WHERE need.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND need.deptype = 'o' AND need.refobjid <> current_user::regrole
        AND (named.schema IS NULL OR named.schema IN (SELECT quote_ident(space) FROM spaces))
        AND NOT EXISTS (SELECT FROM extended WHERE (classid, objid) = (need.classid, need.objid))
    UNION ALL
    -- What a role of the system owns stands in no list of dependencies.
    SELECT 'owner', format('of %s %s', named.type, named.identity), owned.owner::regrole::text
    FROM (
        SELECT 'pg_class'::regclass::oid AS classid, relations.oid, relowner AS owner
        FROM relations JOIN pg_class ON pg_class.oid = relations.oid
        UNION ALL
        SELECT 'pg_proc'::regclass, pg_proc.oid, proowner FROM pg_proc JOIN spaces ON spaces.oid = pronamespace
        UNION ALL
        SELECT 'pg_type'::regclass, pg_type.oid, typowner FROM pg_type JOIN spaces ON spaces.oid = typnamespace
        WHERE typtype IN ('d', 'e', 'r')
        UNION ALL
        SELECT 'pg_namespace'::regclass, pg_namespace.oid, nspowner
        FROM pg_namespace JOIN spaces ON spaces.oid = pg_namespace.oid WHERE pg_namespace.oid >= 16384
    ) AS owned
    CROSS JOIN LATERAL pg_identify_object(owned.classid, owned.oid, 0) AS named
    WHERE owned.owner < 16384 AND owned.owner <> current_user::regrole
        AND NOT EXISTS (SELECT FROM extended WHERE (classid, objid) = (owned.classid, owned.oid))
    UNION ALL
    SELECT 'privileges', format('on %s %s', named.type, named.identity),
        (SELECT string_agg(item::text, ', ' ORDER BY item::text COLLATE "C") FROM unnest(given.acl) AS item)
    FROM (
        SELECT 'pg_class'::regclass::oid AS classid, relations.oid, 0 AS part, relacl AS acl,
            acldefault(CASE relations.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner) AS fresh
        FROM relations JOIN pg_class ON pg_class.oid = relations.oid
        UNION ALL
        -- The sequence of an identity column is none of the relations.
        SELECT 'pg_class'::regclass, sequence.oid, 0, sequence.relacl, acldefault('s', sequence.relowner)
        FROM relations JOIN pg_depend AS owns ON owns.refclassid = 'pg_class'::regclass AND owns.refobjid = relations.oid
            AND owns.classid = 'pg_class'::regclass AND owns.deptype = 'i'
        JOIN pg_class AS sequence ON sequence.oid = owns.objid AND sequence.relkind = 'S'
        UNION ALL
        SELECT 'pg_class'::regclass, relations.oid, attnum, attacl, '{}'
        FROM relations JOIN pg_attribute ON attrelid = relations.oid
        UNION ALL
        SELECT 'pg_proc'::regclass, pg_proc.oid, 0, proacl, acldefault('f', proowner)
        FROM pg_proc JOIN spaces ON spaces.oid = pronamespace
        UNION ALL
        SELECT 'pg_namespace'::regclass, pg_namespace.oid, 0, nspacl, acldefault('n', nspowner)
        FROM pg_namespace JOIN spaces ON spaces.oid = pg_namespace.oid
        UNION ALL
        SELECT 'pg_type'::regclass, pg_type.oid, 0, typacl, acldefault('T', typowner)
        FROM pg_type JOIN spaces ON spaces.oid = typnamespace
        UNION ALL
        SELECT 'pg_language'::regclass, oid, 0, lanacl, acldefault('l', lanowner) FROM pg_language
        UNION ALL
        SELECT 'pg_foreign_data_wrapper'::regclass, oid, 0, fdwacl, acldefault('F', fdwowner) FROM pg_foreign_data_wrapper
        UNION ALL
        SELECT 'pg_foreign_server'::regclass, oid, 0, srvacl, acldefault('S', srvowner) FROM pg_foreign_server
    ) AS given
    CROSS JOIN LATERAL pg_identify_object(given.classid, given.oid, given.part) AS named
    WHERE given.acl IS NOT NULL AND NOT (given.acl @> given.fresh AND given.fresh @> given.acl)
        AND NOT EXISTS (SELECT FROM extended WHERE (classid, objid) = (given.classid, given.oid))
    UNION ALL
    SELECT 'default privileges', named.identity,
        (SELECT string_agg(item::text, ', ' ORDER BY item::text COLLATE "C") FROM unnest(defaclacl) AS item)
    FROM pg_default_acl
    CROSS JOIN LATERAL pg_identify_object('pg_default_acl'::regclass, oid, 0) AS named
) AS given
