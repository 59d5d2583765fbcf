-- Which base tables and foreign tables stand in these schemas, and how are they kept? ($1 schemas)
SELECT n.nspname AS schema, NULL::name AS relation, c.relname AS name,
       CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' ELSE 'foreign table' END AS relation_kind,
       CASE c.relpersistence WHEN 'p' THEN 'permanent' WHEN 'u' THEN 'unlogged' ELSE 'temporary' END AS persistence,
       am.amname::text AS method,
       CASE WHEN c.reloptions IS NOT NULL OR toast.reloptions IS NOT NULL
            THEN ARRAY(SELECT option FROM (SELECT unnest(c.reloptions)
                                           UNION ALL SELECT 'toast.' || unnest(toast.reloptions)) AS o (option)
                       ORDER BY option COLLATE "C") END AS options,
       ts.spcname::text AS tablespace,
       CASE c.relreplident
            WHEN 'd' THEN 'DEFAULT' WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING'
            ELSE 'INDEX ' || (SELECT quote_ident(ic.relname) FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
                              WHERE i.indrelid = c.oid AND i.indisreplident) END AS replica_identity,
       CASE WHEN c.relhasindex
            THEN (SELECT ic.relname::text FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
                  WHERE i.indrelid = c.oid AND i.indisclustered) END AS clustered,
       c.relrowsecurity AS row_security,
       c.relforcerowsecurity AS force_row_security,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN c.relispartition THEN parents.names[1] END AS partition_of,
       pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
       CASE WHEN NOT c.relispartition THEN parents.names END AS inherits,
       CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS of_type,
       s.srvname::text AS server,
       CASE WHEN ft.ftoptions IS NOT NULL
            THEN ARRAY(SELECT option FROM unnest(ft.ftoptions) AS option ORDER BY option COLLATE "C") END AS foreign_options,
       pg_get_userbyid(c.relowner)::text AS owner
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_am am ON am.oid = c.relam
LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace
LEFT JOIN pg_foreign_table ft ON ft.ftrelid = c.oid
LEFT JOIN pg_foreign_server s ON s.oid = ft.ftserver
LEFT JOIN (SELECT h.inhrelid, array_agg(quote_ident(pn.nspname) || '.' || quote_ident(p.relname) ORDER BY h.inhseqno) AS names
           FROM pg_inherits h
           JOIN pg_class p ON p.oid = h.inhparent AND p.relkind IN ('r', 'p', 'f')
           JOIN pg_namespace pn ON pn.oid = p.relnamespace
           GROUP BY h.inhrelid) parents ON parents.inhrelid = c.oid
WHERE n.nspname = ANY ($1::name[])
  AND c.relkind IN ('r', 'p', 'f')
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
