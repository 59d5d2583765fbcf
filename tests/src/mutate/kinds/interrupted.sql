-- kind: interrupted: DROP INDEX CONCURRENTLY
SELECT schema, object, format('UPDATE pg_index SET indisvalid = false, indisready = false, indislive = false WHERE indexrelid = %s', indexrelid) AS sql
FROM idx WHERE relkind = 'r'

-- kind: interrupted: DETACH PARTITION CONCURRENTLY, outside, held
SELECT t.schema, t.object, format('ALTER TABLE %s DETACH PARTITION %s CONCURRENTLY', p.rel, t.rel) AS sql, format('LOCK TABLE %s IN ACCESS SHARE MODE', p.rel) AS hold
FROM tab t JOIN pg_inherits h ON h.inhrelid = t.oid JOIN tab p ON p.oid = h.inhparent
WHERE t.relispartition
  AND NOT EXISTS (SELECT FROM pg_inherits o JOIN tab d ON d.oid = o.inhrelid WHERE o.inhparent = p.oid AND pg_get_expr(d.relpartbound, d.oid) = 'DEFAULT')

-- kind: interrupted: REINDEX TABLE CONCURRENTLY, outside, held
SELECT schema, object, format('REINDEX TABLE CONCURRENTLY %s', rel) AS sql, format('LOCK TABLE %s IN ROW EXCLUSIVE MODE', rel) AS hold
FROM plain WHERE reltoastrelid <> 0

-- kind: interrupted: a restore, before it refreshed a materialized view
SELECT schema, object, format('REFRESH MATERIALIZED VIEW %s WITH NO DATA', rel) AS sql FROM rel WHERE relkind = 'm' AND relispopulated

-- kind: interrupted: the index of the replica identity dropped, and not made again
SELECT schema, object, format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I; DROP INDEX %s', rel, idxname, idx) AS sql
FROM idx WHERE relkind = 'r' AND indisunique AND indimmediate AND indpred IS NULL AND indexprs IS NULL
  AND NOT EXISTS (SELECT FROM unnest(indkey::int2[]) AS num JOIN pg_attribute a ON a.attrelid = tabid AND a.attnum = num AND NOT a.attnotnull)

-- kind: interrupted: a subscription, before it copied all rows
SELECT schema, object, format('CREATE SUBSCRIPTION by_hand CONNECTION ''host=nowhere'' PUBLICATION p WITH (connect = false, slot_name = NONE); '
           'INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate) SELECT oid, %s, ''d'' FROM pg_subscription WHERE subname = ''by_hand''', oid) AS sql
FROM plain
