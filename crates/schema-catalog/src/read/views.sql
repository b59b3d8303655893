SELECT json_build_object(
    'schema', relations.space, 'name', relations.name,
    'definition', pg_get_viewdef(relations.oid),
    'columns', (SELECT coalesce(json_agg(
            json_build_array(attname, format_type(atttypid, atttypmod)) ORDER BY attnum), '[]')
        FROM pg_attribute WHERE attrelid = relations.oid AND attnum > 0 AND NOT attisdropped),
    'options', (SELECT coalesce(json_agg(option ORDER BY option COLLATE "C"), '[]')
        FROM pg_class, unnest(reloptions) AS option WHERE pg_class.oid = relations.oid),
    'comment', obj_description(relations.oid, 'pg_class'),
    'column_comments', (SELECT coalesce(json_object_agg(attribute.attname, told.description), '{}')
        FROM pg_description AS told
        JOIN pg_attribute AS attribute ON (attribute.attrelid, attribute.attnum) = (told.objoid, told.objsubid)
        WHERE told.classoid = 'pg_class'::regclass AND told.objoid = relations.oid AND told.objsubid > 0))::text
FROM relations WHERE relations.relkind = 'v'
