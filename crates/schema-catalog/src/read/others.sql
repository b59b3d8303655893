-- What the model has no place for, as kind, name and a text that changes with the object. A special table is not among
-- it: tables.sql has them.
SELECT json_build_array(kind, name, coalesce(told, ''))::text
FROM (
    -- Types.
    SELECT type.oid, 'pg_type'::regclass AS catalog, 'domain' AS kind, type.oid::regtype::text AS name, concat_ws(' ',
        format_type(type.typbasetype, type.typtypmod),
        CASE WHEN type.typnotnull THEN 'NOT NULL' END,
        'DEFAULT ' || pg_get_expr(type.typdefaultbin, 0),
        'COLLATE ' || nullif(type.typcollation, 0)::regcollation::text,
        (SELECT string_agg(format('CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)), ' ' ORDER BY conname)
            FROM pg_constraint WHERE contypid = type.oid AND contype <> 'n')) AS told
    FROM pg_type AS type JOIN spaces ON spaces.oid = type.typnamespace WHERE type.typtype = 'd'
    UNION ALL
    SELECT type.oid, 'pg_type'::regclass, 'composite type', type.oid::regtype::text,
        (SELECT string_agg(concat_ws(' ', quote_ident(attname), format_type(atttypid, atttypmod),
                CASE WHEN attcollation <> typcollation THEN 'COLLATE ' || attcollation::regcollation::text END),
            ', ' ORDER BY attnum)
        FROM pg_attribute JOIN pg_type AS own ON own.oid = atttypid
        WHERE attrelid = relation.oid AND attnum > 0 AND NOT attisdropped)
    FROM pg_type AS type JOIN spaces ON spaces.oid = type.typnamespace
    JOIN pg_class AS relation ON relation.oid = type.typrelid AND relation.relkind = 'c'
    UNION ALL
    SELECT type.oid, 'pg_type'::regclass, 'range type', type.oid::regtype::text, concat_ws(' ',
        rngsubtype::regtype::text, rngcollation::regcollation::text, rngcanonical::text, rngsubdiff::text, opcname,
        rngmultitypid::regtype::text)
    FROM pg_type AS type JOIN spaces ON spaces.oid = type.typnamespace
    JOIN pg_range ON rngtypid = type.oid JOIN pg_opclass ON pg_opclass.oid = rngsubopc
    UNION ALL
    SELECT type.oid, 'pg_type'::regclass, 'base type', type.oid::regtype::text, concat_ws(' ',
        typisdefined, typlen, typbyval, typcategory, typispreferred, typdelim, typsubscript, typelem::regtype,
        typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze, typalign, typstorage,
        typcollation::regcollation, typdefault)
    FROM pg_type AS type JOIN spaces ON spaces.oid = type.typnamespace
    WHERE type.typtype IN ('b', 'p') AND NOT EXISTS (SELECT FROM pg_type AS item WHERE item.typarray = type.oid)
    -- Functions and what is built on them.
    UNION ALL
    SELECT function.oid, 'pg_proc'::regclass, 'aggregate', function.oid::regprocedure::text, concat_ws(' ',
        pg_get_function_arguments(function.oid), pg_get_function_result(function.oid),
        aggkind, aggnumdirectargs, aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn,
        aggminvtransfn, aggmfinalfn, aggfinalextra, aggmfinalextra, aggfinalmodify, aggmfinalmodify,
        aggsortop::regoperator, aggtranstype::regtype, aggtransspace, aggmtranstype::regtype, aggmtransspace,
        quote_nullable(agginitval), quote_nullable(aggminitval), proparallel)
    FROM pg_proc AS function JOIN spaces ON spaces.oid = function.pronamespace JOIN pg_aggregate ON aggfnoid = function.oid
    UNION ALL
    SELECT operator.oid, 'pg_operator'::regclass, 'operator', operator.oid::regoperator::text, concat_ws(' ',
        oprresult::regtype, oprcode, oprcom::regoperator, oprnegate::regoperator, oprrest, oprjoin, oprcanmerge,
        oprcanhash)
    FROM pg_operator AS operator JOIN spaces ON spaces.oid = operator.oprnamespace
    UNION ALL
    SELECT class.oid, 'pg_opclass'::regclass, 'operator class', format('%I.%I using %s', space, opcname, amname),
        concat_ws(' ', opcintype::regtype, opcdefault, nullif(opckeytype, 0)::regtype,
            (SELECT format('%I.%I', nspname, opfname) FROM pg_opfamily
                JOIN pg_namespace ON pg_namespace.oid = opfnamespace WHERE pg_opfamily.oid = opcfamily))
    FROM pg_opclass AS class JOIN spaces ON spaces.oid = class.opcnamespace JOIN pg_am ON pg_am.oid = opcmethod
    UNION ALL
    SELECT family.oid, 'pg_opfamily'::regclass, 'operator family', format('%I.%I using %s', space, opfname, amname),
        concat_ws(' ',
            (SELECT string_agg(format('%s %s %s', amopstrategy, amopopr::regoperator, amoppurpose), ', '
                    ORDER BY amopstrategy, amopopr::regoperator::text COLLATE "C")
                FROM pg_amop WHERE amopfamily = family.oid),
            (SELECT string_agg(format('%s (%s, %s) %s', amprocnum, amproclefttype::regtype, amprocrighttype::regtype,
                    amproc::regprocedure), ', ' ORDER BY amprocnum, amproc::regprocedure::text COLLATE "C")
                FROM pg_amproc WHERE amprocfamily = family.oid))
    FROM pg_opfamily AS family JOIN spaces ON spaces.oid = family.opfnamespace JOIN pg_am ON pg_am.oid = opfmethod
    UNION ALL
    SELECT oid, 'pg_cast'::regclass, 'cast', format('%s as %s', castsource::regtype, casttarget::regtype),
        concat_ws(' ', castfunc::regprocedure, castcontext, castmethod)
    FROM pg_cast WHERE oid >= 16384
    UNION ALL
    SELECT oid, 'pg_transform'::regclass, 'transform',
        format('%s for %s', trftype::regtype, (SELECT lanname FROM pg_language WHERE pg_language.oid = trflang)),
        concat_ws(' ', trffromsql::regprocedure, trftosql::regprocedure)
    FROM pg_transform WHERE oid >= 16384
    UNION ALL
    SELECT oid, 'pg_language'::regclass, 'language', lanname,
        concat_ws(' ', lanpltrusted, lanplcallfoid::regproc, laninline::regproc, lanvalidator::regproc)
    FROM pg_language WHERE oid >= 16384
    UNION ALL
    SELECT oid, 'pg_am'::regclass, 'access method', amname, concat_ws(' ', amtype, amhandler)
    FROM pg_am WHERE oid >= 16384
    -- Texts.
    UNION ALL
    SELECT named.oid, 'pg_collation'::regclass, 'collation', format('%I.%I', space, collname),
        (to_jsonb(named) - '{oid,collname,collnamespace,collowner,collversion}'::text[])::text
    FROM pg_collation AS named JOIN spaces ON spaces.oid = named.collnamespace
    UNION ALL
    SELECT conversion.oid, 'pg_conversion'::regclass, 'conversion', format('%I.%I', space, conname), concat_ws(' ',
        pg_encoding_to_char(conforencoding), pg_encoding_to_char(contoencoding), conproc, condefault)
    FROM pg_conversion AS conversion JOIN spaces ON spaces.oid = conversion.connamespace
    UNION ALL
    SELECT config.oid, 'pg_ts_config'::regclass, 'text search configuration', format('%I.%I', space, cfgname),
        concat_ws(' ', (SELECT format('%I.%I', nspname, prsname) FROM pg_ts_parser
                JOIN pg_namespace ON pg_namespace.oid = prsnamespace WHERE pg_ts_parser.oid = cfgparser),
            (SELECT string_agg(format('%s: %s', maptokentype, mapdict::regdictionary), ', '
                    ORDER BY maptokentype, mapseqno) FROM pg_ts_config_map WHERE mapcfg = config.oid))
    FROM pg_ts_config AS config JOIN spaces ON spaces.oid = config.cfgnamespace
    UNION ALL
    SELECT dictionary.oid, 'pg_ts_dict'::regclass, 'text search dictionary', format('%I.%I', space, dictname),
        concat_ws(' ', (SELECT format('%I.%I', nspname, tmplname) FROM pg_ts_template
            JOIN pg_namespace ON pg_namespace.oid = tmplnamespace WHERE pg_ts_template.oid = dicttemplate),
            dictinitoption)
    FROM pg_ts_dict AS dictionary JOIN spaces ON spaces.oid = dictionary.dictnamespace
    UNION ALL
    SELECT parser.oid, 'pg_ts_parser'::regclass, 'text search parser', format('%I.%I', space, prsname),
        concat_ws(' ', prsstart, prstoken, prsend, prsheadline, prslextype)
    FROM pg_ts_parser AS parser JOIN spaces ON spaces.oid = parser.prsnamespace
    UNION ALL
    SELECT template.oid, 'pg_ts_template'::regclass, 'text search template', format('%I.%I', space, tmplname),
        concat_ws(' ', tmplinit, tmpllexize)
    FROM pg_ts_template AS template JOIN spaces ON spaces.oid = template.tmplnamespace
    -- Other data, other servers.
    UNION ALL
    SELECT oid, 'pg_foreign_data_wrapper'::regclass, 'foreign-data wrapper', fdwname,
        concat_ws(' ', fdwhandler::regproc, fdwvalidator::regproc, fdwoptions)
    FROM pg_foreign_data_wrapper
    UNION ALL
    SELECT server.oid, 'pg_foreign_server'::regclass, 'foreign server', srvname,
        concat_ws(' ', fdwname, srvtype, srvversion, srvoptions)
    FROM pg_foreign_server AS server JOIN pg_foreign_data_wrapper AS wrapper ON wrapper.oid = server.srvfdw
    UNION ALL
    -- Its options hold passwords, so only their names are told.
    SELECT umid, 'pg_user_mapping'::regclass, 'user mapping', format('%s at %I', usename, srvname),
        (SELECT string_agg(option_name, ', ' ORDER BY option_name) FROM pg_options_to_table(umoptions))
    FROM pg_user_mappings
    UNION ALL
    SELECT publication.oid, 'pg_publication'::regclass, 'publication', pubname,
        (to_jsonb(publication) - '{oid,pubname,pubowner}'::text[])::text || coalesce(
            (SELECT string_agg(prrelid::regclass::text, ', ' ORDER BY prrelid::regclass::text COLLATE "C")
                FROM pg_publication_rel WHERE prpubid = publication.oid), '')
    FROM pg_publication AS publication
    UNION ALL
    SELECT oid, 'pg_subscription'::regclass, 'subscription', subname,
        concat_ws(' ', subenabled, subslotname, subpublications)
    FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    -- What tables have beside the model.
    UNION ALL
    SELECT statistics.oid, 'pg_statistic_ext'::regclass, 'statistics', format('%I.%I', space, stxname),
        concat_ws(' ', pg_get_statisticsobjdef(statistics.oid), nullif(to_jsonb(statistics) ->> 'stxstattarget', '-1'))
    FROM pg_statistic_ext AS statistics JOIN spaces ON spaces.oid = statistics.stxnamespace
    UNION ALL
    SELECT policy.oid, 'pg_policy'::regclass, 'policy', format('%I on %I.%I', polname, space, name), concat_ws(' ',
        polpermissive, polcmd, (SELECT string_agg(CASE role WHEN 0 THEN 'public' ELSE role::regrole::text END, ', '
            ORDER BY role::regrole::text COLLATE "C") FROM unnest(polroles) AS role),
        'USING ' || pg_get_expr(polqual, polrelid), 'WITH CHECK ' || pg_get_expr(polwithcheck, polrelid))
    FROM pg_policy AS policy JOIN relations ON relations.oid = policy.polrelid
    UNION ALL
    SELECT rule.oid, 'pg_rewrite'::regclass, 'rule', format('%I on %I.%I', rulename, space, name),
        concat_ws(' ', pg_get_ruledef(rule.oid), ev_enabled)
    FROM pg_rewrite AS rule JOIN relations ON relations.oid = rule.ev_class WHERE rulename <> '_RETURN'
    UNION ALL
    SELECT watch.oid, 'pg_trigger'::regclass, 'trigger on view', format('%I on %I.%I', tgname, space, name),
        concat_ws(' ', pg_get_triggerdef(watch.oid), tgenabled)
    FROM pg_trigger AS watch JOIN relations ON relations.oid = watch.tgrelid
    WHERE relations.relkind = 'v' AND NOT tgisinternal
    UNION ALL
    SELECT fallback.oid, 'pg_attrdef'::regclass, 'default on view', format('%I.%I.%I', space, name, attname),
        pg_get_expr(adbin, adrelid)
    FROM pg_attrdef AS fallback JOIN relations ON relations.oid = adrelid
    JOIN pg_attribute ON (attrelid, attnum) = (adrelid, adnum) WHERE relations.relkind = 'v'
    UNION ALL
    SELECT relation.oid, NULL, extra.kind, format('%I.%I', space, name), extra.told
    FROM relations JOIN pg_class AS relation USING (oid)
    LEFT JOIN pg_class AS toast ON toast.oid = relation.reltoastrelid
    CROSS JOIN LATERAL (VALUES
        ('row level security', CASE WHEN relation.relrowsecurity THEN 'enabled' END),
        ('forced row level security', CASE WHEN relation.relforcerowsecurity THEN 'forced' END),
        ('replica identity', CASE relation.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' WHEN 'i' THEN
            (SELECT 'index ' || indexrelid::regclass FROM pg_index WHERE indrelid = relation.oid AND indisreplident) END),
        ('clustering', (SELECT 'on ' || indexrelid::regclass FROM pg_index
            WHERE indrelid = relation.oid AND indisclustered)),
        -- Since PostgreSQL 15 a sequence goes along with the table that owns it.
        ('unlogged sequence', CASE WHEN relation.relkind = 'S' AND relation.relpersistence = 'u' AND NOT EXISTS (
                SELECT FROM pg_depend AS owns JOIN pg_class AS owner ON owner.oid = owns.refobjid
                WHERE owns.classid = 'pg_class'::regclass AND owns.objid = relation.oid AND owns.deptype = 'a'
                    AND owns.refclassid = 'pg_class'::regclass AND owner.relpersistence = 'u')
            THEN 'unlogged' END),
        ('options of the large values', toast.reloptions::text),
        ('tablespace', (SELECT spcname FROM pg_tablespace WHERE oid = relation.reltablespace)),
        ('storage by access method', (SELECT amname FROM pg_am WHERE oid = relation.relam AND amname <> 'heap'))
    ) AS extra (kind, told)
    WHERE extra.told IS NOT NULL AND (relation.relkind NOT IN ('v', 'm', 'S') OR extra.kind <> 'replica identity')
    UNION ALL
    SELECT relations.oid, NULL, 'storage of column', format('%I.%I.%I', space, name, attname), concat_ws(' ',
        CASE WHEN attstorage <> typstorage THEN 'storage ' || attstorage::text END,
        'compression ' || nullif(attcompression, '')::text,
        'statistics ' || nullif(attstattarget, -1)::text, attoptions, attfdwoptions)
    FROM relations JOIN pg_attribute AS attribute ON attrelid = relations.oid AND attnum > 0 AND NOT attisdropped
    JOIN pg_type AS type ON type.oid = atttypid
    WHERE relations.relkind <> 'v' AND (attstorage <> typstorage OR attcompression <> '' OR nullif(attstattarget, -1) IS NOT NULL
        OR attoptions IS NOT NULL OR attfdwoptions IS NOT NULL)
    UNION ALL
    -- The text of a constraint does not tell the options of its index, nor that of an index its place and statistics.
    SELECT named.oid, NULL, 'options of index', format('%I.%I', space, named.relname), concat_ws(' ',
        CASE WHEN rule.oid IS NOT NULL THEN named.reloptions::text END,
        (SELECT spcname FROM pg_tablespace WHERE oid = named.reltablespace),
        (SELECT string_agg(attname || ' statistics ' || attstattarget, ', ' ORDER BY attnum) FROM pg_attribute
            WHERE attrelid = named.oid AND nullif(attstattarget, -1) IS NOT NULL))
    FROM relations JOIN pg_index AS index ON index.indrelid = relations.oid
    JOIN pg_class AS named ON named.oid = index.indexrelid
    LEFT JOIN pg_constraint AS rule
        ON rule.conindid = named.oid AND rule.conrelid = relations.oid AND rule.contype IN ('p', 'u', 'x')
    WHERE rule.oid IS NOT NULL AND named.reloptions IS NOT NULL OR named.reltablespace <> 0
        OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = named.oid AND nullif(attstattarget, -1) IS NOT NULL)
    UNION ALL
    SELECT watch.oid, NULL, 'switched-off constraint',
        format('%I on %I.%I (%s)', rule.conname, space, name, watch.tgfoid::regproc), watch.tgenabled::text
    FROM pg_trigger AS watch JOIN relations ON relations.oid = watch.tgrelid
    JOIN pg_constraint AS rule ON rule.oid = watch.tgconstraint
    WHERE watch.tgisinternal AND watch.tgenabled <> 'O'
    UNION ALL
    -- PostgreSQL 18 knows NOT NULL that is not checked, and NOT NULL that is not inherited.
    SELECT rule.oid, NULL, 'unusual NOT NULL', format('%I on %I.%I', conname, space, name), pg_get_constraintdef(rule.oid)
    FROM pg_constraint AS rule JOIN relations ON relations.oid = rule.conrelid
    WHERE contype = 'n' AND (NOT convalidated OR connoinherit)
    -- An extension is made in the version and with the comment that the server has for it.
    UNION ALL
    SELECT NULL, NULL, 'version of extension', extname, extversion
    FROM pg_extension WHERE pg_extension.oid >= 16384 AND ($1::text[] IS NULL OR extnamespace IN (SELECT oid FROM spaces))
        AND extversion IS DISTINCT FROM
            (SELECT default_version FROM pg_available_extensions() AS offered WHERE offered.name = extname)
    UNION ALL
    SELECT NULL, NULL, 'comment', format('on extension %I', extname), quote_nullable(told)
    FROM pg_extension CROSS JOIN LATERAL obj_description(pg_extension.oid, 'pg_extension') AS told
    WHERE ($1::text[] IS NULL OR extnamespace IN (SELECT oid FROM spaces))
        -- What the server offers is read from files: not for the one that each database has.
        AND CASE WHEN extname = 'plpgsql' AND told = 'PL/pgSQL procedural language' THEN false ELSE told IS DISTINCT FROM
            (SELECT offered.comment FROM pg_available_extensions() AS offered WHERE offered.name = extname) END
    -- Of the whole database.
    UNION ALL
    SELECT oid, 'pg_event_trigger'::regclass, 'event trigger', evtname,
        concat_ws(' ', evtevent, evtfoid::regprocedure, evtenabled, evttags)
    FROM pg_event_trigger
    UNION ALL
    SELECT NULL, NULL, 'security label', format('%s %s by %s', objtype, objname, provider), label
    FROM pg_seclabels
    WHERE objnamespace IS NULL OR objnamespace IN (SELECT oid FROM spaces)
    UNION ALL
    -- Comments on what the model has no comment of.
    SELECT NULL, NULL, 'comment', format('on %s %s', named.type, named.identity), told.description
    FROM pg_description AS told
    CROSS JOIN LATERAL pg_identify_object(told.classoid, told.objoid, told.objsubid) AS named
    LEFT JOIN pg_class AS relation ON told.classoid = 'pg_class'::regclass AND relation.oid = told.objoid
    LEFT JOIN pg_constraint AS rule ON told.classoid = 'pg_constraint'::regclass AND rule.oid = told.objoid
    LEFT JOIN pg_trigger AS watch ON told.classoid = 'pg_trigger'::regclass AND watch.oid = told.objoid
    LEFT JOIN pg_proc AS function ON told.classoid = 'pg_proc'::regclass AND function.oid = told.objoid
    LEFT JOIN pg_type AS type ON told.classoid = 'pg_type'::regclass AND type.oid = told.objoid
    WHERE told.objoid >= 16384 AND told.classoid NOT IN ('pg_namespace'::regclass, 'pg_extension'::regclass)
        AND (named.schema IS NULL OR named.schema IN (SELECT quote_ident(space) FROM spaces))
        AND NOT EXISTS (SELECT FROM extended WHERE classid = told.classoid AND objid = told.objoid)
        AND told.classoid <> 'pg_largeobject'::regclass
        AND coalesce(relation.relkind NOT IN ('r', 'p', 'f', 'm', 'v', 'S', 'i', 'I') OR relation.relkind IN ('i', 'I')
            AND (told.objsubid > 0 OR EXISTS (SELECT FROM pg_constraint
                WHERE conindid = relation.oid AND contype IN ('p', 'u', 'x'))), true)
        AND coalesce(rule.conrelid = 0 OR rule.contype NOT IN ('p', 'u', 'c', 'f', 'x'), true)
        AND coalesce((SELECT relkind = 'v' FROM pg_class WHERE pg_class.oid = watch.tgrelid), true)
        AND coalesce(function.prokind = 'a', true)
        AND coalesce(type.typtype <> 'e', true)
) AS other
WHERE NOT EXISTS (SELECT FROM pg_depend AS need WHERE need.classid = other.catalog AND need.objid = other.oid
    AND need.deptype = 'e')
