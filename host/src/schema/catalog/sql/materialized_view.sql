-- What do the materialized views of these schemas keep, and how? ($1 schemas)
SELECT n.nspname AS schema, NULL::name AS relation, c.relname AS name,
       pg_get_viewdef(c.oid) AS query,
       ARRAY(SELECT quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)
                    || CASE WHEN a.attstorage = t.typstorage THEN ''
                            ELSE CASE a.attstorage WHEN 'p' THEN ' STORAGE PLAIN' WHEN 'e' THEN ' STORAGE EXTERNAL'
                                                   WHEN 'm' THEN ' STORAGE MAIN' ELSE ' STORAGE EXTENDED' END END
                    || CASE a.attcompression WHEN 'p' THEN ' COMPRESSION pglz' WHEN 'l' THEN ' COMPRESSION lz4' ELSE '' END
                    || CASE WHEN a.attstattarget >= 0 THEN ' STATISTICS ' || a.attstattarget::text ELSE '' END
                    || coalesce(' OPTIONS (' || (SELECT string_agg(option, ', ') FROM unnest(a.attoptions) AS option
                                                  WHERE NOT starts_with(option, 'pg_attver=')) || ')', '')
             FROM pg_attribute a
             JOIN pg_type t ON t.oid = a.atttypid
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY a.attnum) AS columns,
       c.relispopulated AS populated,
       am.amname::text AS method,
       CASE WHEN c.reloptions IS NOT NULL OR toast.reloptions IS NOT NULL
            THEN ARRAY(SELECT option FROM (SELECT unnest(c.reloptions)
                                           UNION ALL SELECT 'toast.' || unnest(toast.reloptions)) AS o (option)
                       ORDER BY option COLLATE "C") END AS options,
       ts.spcname::text AS tablespace,
       (SELECT ic.relname::text FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
        WHERE i.indrelid = c.oid AND i.indisclustered) AS clustered,
       pg_get_userbyid(c.relowner)::text AS owner
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
WHERE n.nspname = ANY ($1::name[])
  AND c.relkind = 'm'
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
