-- Which base tables and foreign tables stand in these schemas, and how are they kept? ($1 schemas)
-- No dump keeps where a column stands that a table has from a parent: only what is its own, or a partition's, has an order.
-- A REINDEX CONCURRENTLY that was cut off leaves indexes of the TOAST table behind too.
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
            ELSE coalesce('INDEX ' || (SELECT quote_ident(ic.relname) FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
                                       WHERE i.indrelid = c.oid AND i.indisreplident),
                          'NOTHING, since its index was dropped') END AS replica_identity,
       CASE WHEN c.relhasindex
            THEN (SELECT ic.relname::text FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
                  WHERE i.indrelid = c.oid AND i.indisclustered) END AS clustered,
       c.relrowsecurity AS row_security,
       c.relforcerowsecurity AS force_row_security,
       CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
       CASE WHEN c.relispartition THEN parents.names[1] END AS partition_of,
       pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
       CASE WHEN NOT c.relispartition THEN parents.names END AS inherits,
       CASE WHEN parents.detach_pending THEN 'being detached' END AS state,
       elsewhere.names AS children_elsewhere,
       ARRAY(SELECT a.attname FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
               AND (a.attinhcount = 0 OR c.relispartition)
             ORDER BY a.attnum)::text[] AS column_order,
       left_behind.names AS left_behind,
       copying.names AS synchronization,
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
LEFT JOIN (SELECT h.inhrelid, array_agg(quote_ident(pn.nspname) || '.' || quote_ident(p.relname) ORDER BY h.inhseqno) AS names,
                  bool_or(h.inhdetachpending) AS detach_pending
           FROM pg_inherits h
           JOIN pg_class p ON p.oid = h.inhparent AND p.relkind IN ('r', 'p', 'f')
           JOIN pg_namespace pn ON pn.oid = p.relnamespace
           GROUP BY h.inhrelid) parents ON parents.inhrelid = c.oid
LEFT JOIN (SELECT h.inhparent, array_agg(quote_ident(kn.nspname) || '.' || quote_ident(k.relname)) AS names
           FROM pg_inherits h
           JOIN pg_class k ON k.oid = h.inhrelid AND k.relkind IN ('r', 'p', 'f') AND k.relpersistence <> 't'
           JOIN pg_namespace kn ON kn.oid = k.relnamespace AND kn.nspname <> ALL ($1::name[])
           GROUP BY h.inhparent) elsewhere ON elsewhere.inhparent = c.oid
LEFT JOIN (SELECT i.indrelid, array_agg('index ' || quote_ident(ln.nspname) || '.' || quote_ident(l.relname)) AS names
           FROM pg_index i
           JOIN pg_class l ON l.oid = i.indexrelid
           JOIN pg_namespace ln ON ln.oid = l.relnamespace AND ln.nspname = 'pg_toast'
           WHERE NOT (i.indisvalid AND i.indisready AND i.indislive)
           GROUP BY i.indrelid) left_behind
       ON left_behind.indrelid = c.reltoastrelid
      AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p
                      WHERE p.datid = (SELECT oid FROM pg_database WHERE datname = current_database())
                        AND (p.relid IS NULL OR p.relid IN (c.oid, c.reltoastrelid)))
LEFT JOIN (SELECT r.srrelid, array_agg('subscription ' || quote_ident(s.subname)) AS names
           FROM pg_subscription_rel r JOIN pg_subscription s ON s.oid = r.srsubid
           WHERE r.srsubstate <> 'r'
           GROUP BY r.srrelid) copying ON copying.srrelid = c.oid
WHERE n.nspname = ANY ($1::name[])
  AND c.relkind IN ('r', 'p', 'f')
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
