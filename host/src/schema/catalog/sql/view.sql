-- What do the views of these schemas show, and with whose rights? ($1 schemas)
SELECT n.nspname AS schema, NULL::name AS relation, c.relname AS name,
       pg_get_viewdef(c.oid) AS query,
       ARRAY(SELECT quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                    || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
             FROM pg_attribute a
             LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY a.attnum) AS columns,
       CASE WHEN c.reloptions IS NOT NULL
            THEN ARRAY(SELECT option FROM unnest(c.reloptions) AS option ORDER BY option COLLATE "C") END AS options,
       pg_get_userbyid(c.relowner)::text AS owner
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::name[])
  AND c.relkind = 'v'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
