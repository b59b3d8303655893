-- What is told below the columns of the relation $1: the number of the section, its heading if it has one, a line.
WITH me AS (
    SELECT * FROM pg_class WHERE oid = $1
),
stored AS (
    SELECT * FROM me WHERE relkind IN ('r', 'p', 'f', 'm')
),
indexes AS (
    SELECT index.*, named.relname, named.reltablespace, method.amname, rule.contype,
        CASE WHEN rule.condeferrable THEN ' DEFERRABLE' ELSE '' END
            || CASE WHEN rule.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END AS deferral,
        rule.condeferrable, rule.condeferred, pg_get_constraintdef(rule.oid, true) AS rule
    FROM pg_index AS index
    JOIN pg_class AS named ON named.oid = index.indexrelid
    JOIN pg_am AS method ON method.oid = named.relam
    LEFT JOIN pg_constraint AS rule
        ON rule.conrelid = index.indrelid AND rule.conindid = index.indexrelid AND rule.contype IN ('p', 'u', 'x')
),
line (section, heading, n, told) AS (
    SELECT 1, NULL, 0, format('Partition of: %s %s%s', inhparent::regclass, pg_get_expr(relpartbound, me.oid),
        CASE WHEN inhdetachpending THEN ' DETACH PENDING' ELSE '' END)
    FROM me JOIN pg_inherits ON inhrelid = me.oid WHERE relispartition
    UNION ALL
    SELECT 2, NULL, 0, 'Partition key: ' || pg_get_partkeydef(oid) FROM me WHERE relkind = 'p'
    UNION ALL
    SELECT 3, NULL, 0, concat(
        CASE WHEN indisprimary THEN 'primary key, '
            WHEN indisunique THEN 'unique' || CASE WHEN coalesce((to_jsonb(indexes) ->> 'indnullsnotdistinct')::boolean, false)
                THEN ' nulls not distinct' ELSE '' END || ', ' END,
        amname, ', for table "', nspname, '.', owner.relname, '"',
        ', predicate (' || pg_get_expr(indpred, indrelid, true) || ')',
        CASE WHEN indisclustered THEN ', clustered' END, CASE WHEN NOT indisvalid THEN ', invalid' END,
        CASE WHEN condeferrable THEN ', deferrable' END, CASE WHEN condeferred THEN ', initially deferred' END,
        CASE WHEN indisreplident THEN ', replica identity' END)
    FROM me JOIN indexes ON indexes.indexrelid = me.oid JOIN pg_class AS owner ON owner.oid = indrelid
    JOIN pg_namespace AS space ON space.oid = me.relnamespace
    UNION ALL
    SELECT 4, 'Indexes:', row_number() OVER (ORDER BY indisprimary DESC, indexes.relname), concat(
        '    "', indexes.relname, '"',
        CASE WHEN contype = 'x' THEN ' ' || rule ELSE concat(
            CASE WHEN indisprimary THEN ' PRIMARY KEY,' WHEN contype = 'u' THEN ' UNIQUE CONSTRAINT,'
                WHEN indisunique THEN ' UNIQUE,' END,
            ' ', substring(pg_get_indexdef(indexrelid, 0, true) FROM ' USING (.*)'), deferral) END,
        CASE WHEN indisclustered THEN ' CLUSTER' END, CASE WHEN NOT indisvalid THEN ' INVALID' END,
        CASE WHEN indisreplident THEN ' REPLICA IDENTITY' END,
        (SELECT format(', tablespace "%s"', spcname) FROM pg_tablespace WHERE oid = indexes.reltablespace))
    FROM stored JOIN indexes ON indrelid = stored.oid
    UNION ALL
    SELECT 5, 'Check constraints:', row_number() OVER (ORDER BY conname),
        format('    "%s" %s', conname, pg_get_constraintdef(rule.oid, true))
    FROM stored JOIN pg_constraint AS rule ON conrelid = stored.oid WHERE contype = 'c'
    UNION ALL
    SELECT 6, 'Foreign-key constraints:', row_number() OVER (ORDER BY conrelid = stored.oid DESC, conname), format(
        CASE WHEN conrelid = stored.oid THEN '    "%1$s" %2$s' ELSE '    TABLE "%3$s" CONSTRAINT "%1$s" %2$s' END,
        conname, pg_get_constraintdef(rule.oid, true), conrelid::regclass)
    FROM stored JOIN pg_constraint AS rule ON contype = 'f' AND conparentid = 0 AND (conrelid = stored.oid
        OR stored.relispartition AND conrelid IN (SELECT relid FROM pg_partition_ancestors(stored.oid)))
    UNION ALL
    SELECT 7, 'Referenced by:', row_number() OVER (ORDER BY conname), format('    TABLE "%s" CONSTRAINT "%s" %s',
        conrelid::regclass, conname, pg_get_constraintdef(rule.oid, true))
    FROM stored JOIN pg_constraint AS rule ON contype = 'f' AND conparentid = 0 AND (confrelid = stored.oid
        OR confrelid IN (SELECT relid FROM pg_partition_ancestors(stored.oid)))
    UNION ALL
    SELECT 8, CASE WHEN relforcerowsecurity THEN 'Policies (forced row security enabled):'
            WHEN relrowsecurity THEN 'Policies:' ELSE 'Policies (row security disabled):' END,
        row_number() OVER (ORDER BY polname), concat(
        '    POLICY "', polname, '"', CASE WHEN NOT polpermissive THEN ' AS RESTRICTIVE' END,
        CASE polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE'
            WHEN 'd' THEN ' FOR DELETE' END,
        CASE WHEN polroles <> '{0}' THEN E'\n      TO ' || array_to_string(
            ARRAY(SELECT rolname FROM pg_roles WHERE oid = ANY (polroles) ORDER BY 1), ',') END,
        E'\n      USING (' || pg_get_expr(polqual, polrelid) || ')',
        E'\n      WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')')
    FROM stored JOIN pg_policy ON polrelid = stored.oid
    UNION ALL
    SELECT 8, NULL, 0, CASE WHEN relforcerowsecurity THEN 'Policies (forced row security enabled): (none)'
        ELSE 'Policies (row security enabled): (none)' END
    FROM stored WHERE relrowsecurity AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = stored.oid)
    UNION ALL
    SELECT 9, 'Statistics objects:', row_number() OVER (ORDER BY stxnamespace::regnamespace::text, stxname), concat(
        '    "', stxnamespace::regnamespace, '.', stxname, '"',
        CASE WHEN cardinality(kinds) BETWEEN 1 AND 2 THEN ' (' || array_to_string(kinds, ', ') || ')' END,
        ' ON ', pg_get_statisticsobjdef_columns(statistics.oid), ' FROM ', stxrelid::regclass,
        '; STATISTICS ' || nullif(to_jsonb(statistics) ->> 'stxstattarget', '-1'))
    FROM stored JOIN pg_statistic_ext AS statistics ON stxrelid = stored.oid
    CROSS JOIN LATERAL (SELECT array_remove(ARRAY[
        CASE WHEN 'd' = ANY (stxkind) THEN 'ndistinct' END, CASE WHEN 'f' = ANY (stxkind) THEN 'dependencies' END,
        CASE WHEN 'm' = ANY (stxkind) THEN 'mcv' END], NULL)) AS chosen (kinds)
    UNION ALL
    SELECT 10 + place, (ARRAY['Rules:', 'Disabled rules:', 'Rules firing always:', 'Rules firing on replica only:'])[place],
        row_number() OVER (ORDER BY rulename),
        '    ' || substring(trim(TRAILING ';' FROM pg_get_ruledef(rule.oid, true)) FROM 13)
    FROM stored JOIN pg_rewrite AS rule ON ev_class = stored.oid
    CROSS JOIN LATERAL (SELECT position(ev_enabled IN 'ODAR')) AS shown (place)
    WHERE relkind <> 'm'
    UNION ALL
    SELECT 20 + place, (ARRAY['Triggers:', 'Disabled user triggers:', 'Disabled internal triggers:',
            'Triggers firing always:', 'Triggers firing on replica only:'])[place],
        row_number() OVER (ORDER BY tgname), concat('    ', substring(pg_get_triggerdef(watch.oid, true) FROM ' TRIGGER (.*)'),
        ', ON TABLE ' || (SELECT above.tgrelid::regclass FROM pg_trigger AS above
            JOIN pg_partition_ancestors(watch.tgrelid) WITH ORDINALITY AS tree (relid, depth) ON tree.relid = above.tgrelid
            WHERE watch.tgparentid <> 0 AND above.tgname = watch.tgname AND above.tgparentid = 0
            ORDER BY depth LIMIT 1))
    FROM me JOIN pg_trigger AS watch ON tgrelid = me.oid AND (NOT tgisinternal OR tgenabled = 'D')
    CROSS JOIN LATERAL (SELECT CASE WHEN tgenabled = 'D' AND tgisinternal THEN 3 WHEN tgenabled = 'D' THEN 2
        WHEN tgenabled = 'A' THEN 4 WHEN tgenabled = 'R' THEN 5 ELSE 1 END) AS shown (place)
    UNION ALL
    SELECT 30, NULL, 0, CASE deptype WHEN 'a' THEN 'Owned by: ' ELSE 'Sequence for identity column: ' END
        || format('%I.%I.%I', nspname, owner.relname, attname)
    FROM me JOIN pg_depend AS owns ON owns.classid = 'pg_class'::regclass AND owns.objid = me.oid AND deptype IN ('a', 'i')
        AND owns.refclassid = 'pg_class'::regclass
    JOIN pg_class AS owner ON owner.oid = owns.refobjid
    JOIN pg_namespace AS space ON space.oid = owner.relnamespace
    JOIN pg_attribute ON (attrelid, attnum) = (owner.oid, owns.refobjsubid)
    WHERE me.relkind = 'S'
    UNION ALL
    SELECT 31, NULL, number, told FROM pg_foreign_table
    JOIN pg_foreign_server AS server ON server.oid = ftserver
    CROSS JOIN LATERAL (VALUES (1, 'Server: ' || srvname), (2, 'FDW options: (' || (
        SELECT string_agg(quote_ident(option_name) || ' ' || quote_literal(option_value), ', ')
        FROM pg_options_to_table(ftoptions)) || ')')) AS part (number, told)
    WHERE ftrelid = $1 AND told IS NOT NULL
    UNION ALL
    SELECT 32, NULL, row_number() OVER (ORDER BY inhseqno), concat(
        CASE WHEN row_number() OVER (ORDER BY inhseqno) = 1 THEN 'Inherits: ' ELSE '          ' END,
        inhparent::regclass, CASE WHEN row_number() OVER (ORDER BY inhseqno DESC) > 1 THEN ',' END)
    FROM stored JOIN pg_inherits ON inhrelid = stored.oid JOIN pg_class AS parent ON parent.oid = inhparent
    WHERE parent.relkind NOT IN ('p', 'I')
    UNION ALL
    SELECT 33, NULL, 0, format(CASE WHEN relkind NOT IN ('p', 'I') THEN 'Number of child tables: %s (Use \d+ to list them.)'
        WHEN number = 0 THEN 'Number of partitions: 0'
        ELSE 'Number of partitions: %s (Use \d+ to list them.)' END, number)
    FROM me CROSS JOIN LATERAL (SELECT count(*) FROM pg_inherits WHERE inhparent = me.oid) AS children (number)
    WHERE number > 0 OR relkind IN ('p', 'I')
    UNION ALL
    SELECT 34, NULL, 0, 'Typed table of type: ' || reloftype::regtype FROM stored WHERE reloftype <> 0
    UNION ALL
    SELECT 35, NULL, 0, format('Tablespace: "%s"', spcname) FROM me JOIN pg_tablespace AS place ON place.oid = reltablespace
)
SELECT section, heading, n, told FROM line
