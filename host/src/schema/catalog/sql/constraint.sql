-- What do the constraints of these schemas' tables demand? ($1 schemas)
-- A foreign key to a partitioned table is copied for each of its partitions, and comes and goes with them.
-- No dump keeps the name of a foreign key that a partition has from its table: it is told by the table's.
-- NOT NULL is told with its column, also where it is a constraint (contype 'n', from PostgreSQL 18 on).
SELECT n.nspname AS schema, c.relname AS relation,
       CASE WHEN k.contype = 'f' AND k.conparentid <> 0
            THEN (WITH RECURSIVE up AS (
                      SELECT k.conparentid AS oid
                      UNION ALL SELECT u.conparentid FROM up JOIN pg_constraint u ON u.oid = up.oid WHERE u.conparentid <> 0)
                  SELECT CASE WHEN EXISTS (SELECT FROM pg_constraint o
                                           WHERE o.conrelid = k.conrelid AND o.conname = root.conname AND o.oid <> k.oid)
                              THEN k.conname ELSE root.conname END
                  FROM up JOIN pg_constraint root ON root.oid = up.oid AND root.conparentid = 0)
            ELSE k.conname END AS name,
       CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'f' THEN 'FOREIGN KEY'
                      WHEN 'c' THEN 'CHECK' ELSE 'EXCLUDE' END AS constraint_type,
       CASE WHEN k.contype IN ('p', 'u', 'f') AND cardinality(k.conkey) = 1
            THEN ARRAY[(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = k.conrelid AND a.attnum = k.conkey[1])]
            WHEN k.contype IN ('p', 'u', 'f')
            THEN ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS key (num, pos)
                       JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = key.num
                       ORDER BY key.pos) END AS columns,
       CASE WHEN i.indnatts > i.indnkeyatts AND k.contype IN ('p', 'u')
            THEN ARRAY(SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS key (num, pos)
                       JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = key.num
                       WHERE key.pos > i.indnkeyatts ORDER BY key.pos) END AS include,
       -- WITHOUT OVERLAPS, or for a foreign key PERIOD, both from PostgreSQL 18 on: nothing else has a GiST index (783).
       CASE WHEN k.contype IN ('p', 'u', 'f') AND ic.relam = 783 THEN true END AS period,
       CASE WHEN k.contype = 'f' THEN quote_ident(fn.nspname) || '.' || quote_ident(f.relname) END AS "references",
       CASE WHEN k.contype = 'f' AND cardinality(k.confkey) = 1
            THEN ARRAY[(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attnum = k.confkey[1])]
            WHEN k.contype = 'f'
            THEN ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS key (num, pos)
                       JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = key.num
                       ORDER BY key.pos) END AS referenced_columns,
       CASE WHEN k.contype = 'f' THEN
           CASE k.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
                              WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END
           || coalesce((SELECT ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
                        FROM unnest(k.confdelsetcols) AS num
                        JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = num), '') END AS on_delete,
       CASE WHEN k.contype = 'f' THEN
           CASE k.confupdtype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE'
                              WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END END AS on_update,
       CASE WHEN k.contype = 'f' THEN
           CASE k.confmatchtype WHEN 'f' THEN 'FULL' WHEN 'p' THEN 'PARTIAL' ELSE 'SIMPLE' END END AS "match",
       CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END AS expression,
       CASE WHEN k.contype = 'x' THEN pg_get_constraintdef(k.oid) END AS definition,
       k.condeferrable AS "deferrable",
       k.condeferred AS initially_deferred,
       k.convalidated AS validated,
       -- A column that PostgreSQL 18 brought; what is not enforced was never validated.
       CASE WHEN NOT k.convalidated AND to_jsonb(k) ->> 'conenforced' = 'false' THEN false END AS enforced,
       CASE WHEN k.contype = 'c' THEN k.connoinherit END AS no_inherit,
       CASE WHEN k.contype = 'c' AND k.coninhcount > 0 AND NOT k.conislocal AND NOT c.relispartition THEN true END AS inherited,
       CASE WHEN k.contype = 'u' THEN i.indnullsnotdistinct END AS nulls_not_distinct,
       CASE WHEN k.contype IN ('p', 'u') AND ic.reloptions IS NOT NULL
            THEN ARRAY(SELECT option FROM unnest(ic.reloptions) AS option ORDER BY option COLLATE "C") END AS options,
       CASE WHEN k.contype IN ('p', 'u', 'x') THEN ts.spcname::text END AS tablespace,
       CASE WHEN k.contype IN ('p', 'u', 'x') THEN i.indisvalid AND i.indisready END AS valid,
       CASE WHEN NOT i.indislive THEN 'being dropped' END AS state,
       CASE WHEN i.indexrelid IS NOT NULL THEN attached.name END AS attached_to,
       switched.here AS enabled,
       switched.there AS referenced_enabled
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_class ic ON ic.oid = k.conindid
LEFT JOIN pg_tablespace ts ON ts.oid = ic.reltablespace
LEFT JOIN pg_class f ON f.oid = k.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
LEFT JOIN pg_constraint whole ON whole.oid = k.conparentid AND k.contype = 'f'
LEFT JOIN (SELECT h.inhrelid, quote_ident(hn.nspname) || '.' || quote_ident(hc.relname) AS name
           FROM pg_inherits h
           JOIN pg_class hc ON hc.oid = h.inhparent AND hc.relkind = 'I'
           JOIN pg_namespace hn ON hn.oid = hc.relnamespace) attached ON attached.inhrelid = i.indexrelid
-- The triggers behind a constraint that are not as they were made: those on its own table (1644 and 1645 check a
-- foreign key there), and those on the table that it refers to and on the partitions of that.
LEFT JOIN (SELECT d.oid,
                  string_agg(d.state || d.event, ', ' ORDER BY d.event) FILTER (WHERE NOT d.there) AS here,
                  string_agg(d.state || d.event || d.place, ', ' ORDER BY d.event, d.place COLLATE "C") FILTER (WHERE d.there) AS there
           FROM (SELECT root.oid, root.contype = 'f' AND t.tgfoid NOT IN (1644::oid, 1645::oid) AS there,
                        CASE WHEN root.contype <> 'f' THEN '' WHEN t.tgtype & 4 <> 0 THEN ' for INSERT' WHEN t.tgtype & 8 <> 0 THEN ' for DELETE'
                             ELSE ' for UPDATE' END AS event,
                        CASE WHEN t.tgrelid IN (root.conrelid, root.confrelid) THEN ''
                             ELSE ' on ' || (SELECT quote_ident(tn.nspname) || '.' || quote_ident(tc.relname)
                                            FROM pg_class tc JOIN pg_namespace tn ON tn.oid = tc.relnamespace
                                            WHERE tc.oid = t.tgrelid) END AS place,
                        CASE t.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END AS state
                 FROM pg_trigger t
                 JOIN LATERAL (WITH RECURSIVE up AS (
                                   SELECT u.oid, u.conparentid, u.conrelid FROM pg_constraint u WHERE u.oid = t.tgconstraint
                                   UNION ALL
                                   SELECT u.oid, u.conparentid, u.conrelid FROM up
                                   JOIN pg_constraint u ON u.oid = up.conparentid AND u.conrelid = up.conrelid)
                               SELECT r.oid, r.contype, r.conrelid, r.confrelid FROM pg_constraint r
                               WHERE r.oid = (SELECT up.oid FROM up
                                              WHERE NOT EXISTS (SELECT FROM pg_constraint p
                                                                WHERE p.oid = up.conparentid AND p.conrelid = up.conrelid))
                              ) root ON true
                 WHERE t.tgisinternal AND t.tgenabled <> 'O') d
           GROUP BY d.oid) switched ON switched.oid = k.oid
WHERE n.nspname = ANY ($1::name[])
  AND k.contype IN ('p', 'u', 'f', 'c', 'x')
  AND whole.conrelid IS DISTINCT FROM k.conrelid
