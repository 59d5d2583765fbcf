-- kind: table: dropped (N25)
SELECT schema, object, format('DROP TABLE %s CASCADE', rel) AS sql FROM tab

-- kind: table: added (N25)
SELECT schema, 'by_hand' AS object, format('CREATE TABLE %I.by_hand (id integer)', schema) AS sql FROM tab

-- kind: table: renamed (N25)
SELECT schema, object, format('ALTER TABLE %s RENAME TO by_hand_%s', rel, n) AS sql FROM tab, dice

-- kind: table: moved to another schema (N25)
SELECT schema, object, format('CREATE SCHEMA by_hand; ALTER TABLE %s SET SCHEMA by_hand', rel) AS sql FROM plain

-- kind: table: UNLOGGED, LOGGED (N23)
SELECT schema, object, format('ALTER TABLE %s SET %s', rel, CASE relpersistence WHEN 'p' THEN 'UNLOGGED' ELSE 'LOGGED' END) AS sql FROM plain

-- kind: table: storage parameter (N23)
SELECT schema, object, format('ALTER TABLE %s SET (autovacuum_enabled = false)', rel) AS sql FROM plain

-- kind: table: storage parameter changed (N23)
SELECT schema, object, format('ALTER TABLE %s SET (%s = %s)', rel, split_part(option, '=', 1), split_part(option, '=', 2)::int + 1) AS sql
FROM plain, unnest(reloptions) AS option WHERE option ~ '=\d+$'

-- kind: table: storage parameter of its TOAST (N23)
SELECT schema, object, format('ALTER TABLE %s SET (toast.autovacuum_enabled = false)', rel) AS sql FROM plain WHERE reltoastrelid <> 0

-- kind: table: replica identity (N23)
SELECT schema, object, format('ALTER TABLE %s REPLICA IDENTITY %s', rel, CASE relreplident WHEN 'f' THEN 'DEFAULT' ELSE 'FULL' END) AS sql FROM tab

-- kind: table: replica identity by an index (N23)
SELECT schema, object, format('ALTER TABLE %s REPLICA IDENTITY USING INDEX %I', rel, c.relname) AS sql
FROM plain p JOIN pg_index i ON i.indrelid = p.oid JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indisunique AND i.indpred IS NULL AND i.indexprs IS NULL

-- kind: table: tablespace (N23)
SELECT schema, object, format('ALTER TABLE %s SET TABLESPACE mutate_space', rel) AS sql FROM tab

-- kind: table: row level security (N18)
SELECT schema, object, format('ALTER TABLE %s %s ROW LEVEL SECURITY', rel, CASE WHEN relrowsecurity THEN 'DISABLE' ELSE 'ENABLE' END) AS sql FROM tab

-- kind: table: FORCE ROW LEVEL SECURITY (N18)
SELECT schema, object, format('ALTER TABLE %s %s ROW LEVEL SECURITY', rel, CASE WHEN relforcerowsecurity THEN 'NO FORCE' ELSE 'FORCE' END) AS sql FROM tab

-- kind: table: owner (N19)
SELECT schema, object, format('ALTER TABLE %s OWNER TO %s', rel,
           CASE pg_get_userbyid(relowner) WHEN 'mutate_owner' THEN 'mutate_reader' ELSE 'mutate_owner' END) AS sql FROM tab

-- kind: table: comment (N26)
SELECT schema, object, format('COMMENT ON TABLE %s IS %L', rel, 'by hand ' || n) AS sql FROM tab, dice

-- kind: table: comment removed (N26)
SELECT schema, object, format('COMMENT ON TABLE %s IS NULL', rel) AS sql FROM tab WHERE obj_description(oid, 'pg_class') IS NOT NULL

-- kind: table: child added by inheritance
SELECT schema, 'by_hand' AS object, format('CREATE TABLE %I.by_hand () INHERITS (%s)', schema, rel) AS sql FROM tab WHERE relkind = 'r' AND NOT relispartition

-- kind: table: child added outside of what is read
SELECT schema, object, format('CREATE TABLE information_schema.by_hand () INHERITS (%s)', rel) AS sql FROM tab WHERE relkind = 'r' AND NOT relispartition

-- kind: partition: added outside of what is read
SELECT schema, object, format('CREATE TABLE information_schema.by_hand PARTITION OF %s DEFAULT', rel) AS sql
FROM tab t WHERE relkind = 'p' AND pg_get_partkeydef(oid) NOT LIKE 'HASH%'
  AND NOT EXISTS (SELECT FROM pg_inherits h JOIN tab p ON p.oid = h.inhrelid WHERE h.inhparent = t.oid AND pg_get_expr(p.relpartbound, p.oid) = 'DEFAULT')

-- kind: table: left its parent and came back, so that all it has is its own
SELECT t.schema, t.object, format('ALTER TABLE %s NO INHERIT %s; ALTER TABLE %1$s INHERIT %2$s', t.rel, p.rel) AS sql
FROM tab t JOIN pg_inherits h ON h.inhrelid = t.oid JOIN tab p ON p.oid = h.inhparent
WHERE NOT t.relispartition AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = t.oid AND NOT a.attislocal)

-- kind: table: NO INHERIT
SELECT t.schema, t.object, format('ALTER TABLE %s NO INHERIT %s', t.rel, p.rel) AS sql
FROM tab t JOIN pg_inherits h ON h.inhrelid = t.oid JOIN tab p ON p.oid = h.inhparent WHERE NOT t.relispartition

-- kind: table: NOT OF its type
SELECT schema, object, format('ALTER TABLE %s NOT OF', rel) AS sql FROM tab WHERE reloftype <> 0

-- kind: table: to a view of the same name
SELECT schema, object, format('ALTER TABLE %s RENAME TO by_hand; CREATE VIEW %s AS SELECT * FROM %I.by_hand', rel, rel, schema) AS sql FROM tab

-- kind: partition: detached (N22)
SELECT t.schema, t.object, format('ALTER TABLE %s DETACH PARTITION %s', p.rel, t.rel) AS sql
FROM tab t JOIN pg_inherits h ON h.inhrelid = t.oid JOIN tab p ON p.oid = h.inhparent WHERE t.relispartition

-- kind: partition: other bounds (N22)
SELECT t.schema, t.object, format('ALTER TABLE %s DETACH PARTITION %s; ALTER TABLE %1$s ATTACH PARTITION %2$s %s', p.rel, t.rel,
           CASE WHEN b.bound LIKE '%TO (%' THEN regexp_replace(b.bound, ' TO \(.*$', ' TO (MAXVALUE)')
                ELSE regexp_replace(b.bound, 'IN \(.*$', 'IN (''by hand'')') END) AS sql
FROM tab t JOIN pg_inherits h ON h.inhrelid = t.oid JOIN tab p ON p.oid = h.inhparent,
LATERAL (SELECT pg_get_expr(t.relpartbound, t.oid) AS bound) b WHERE t.relispartition AND b.bound ~ 'TO \(|IN \('

-- kind: partition: default dropped (N22)
SELECT schema, object, format('DROP TABLE %s', rel) AS sql FROM tab WHERE pg_get_expr(relpartbound, oid) = 'DEFAULT'

-- kind: partition: default added (N22)
SELECT schema, 'by_hand' AS object, format('CREATE TABLE %I.by_hand PARTITION OF %s DEFAULT', schema, rel) AS sql FROM tab WHERE relkind = 'p'

-- kind: partition: check of its own (N22)
SELECT schema, object, format('ALTER TABLE %s ADD CONSTRAINT by_hand CHECK (true)', rel) AS sql FROM tab WHERE relispartition

-- kind: partition: index of its own (N22)
SELECT schema, object, format('CREATE INDEX by_hand ON %s (%I)', rel, attname) AS sql
FROM tab JOIN pg_attribute a ON a.attrelid = tab.oid AND a.attnum = 1 WHERE relispartition

-- kind: partition: default of a column of its own (N22)
SELECT schema, object, format('ALTER TABLE %s ALTER %I SET DEFAULT NULL::%s', rel, attname, format_type(a.atttypid, NULL)) AS sql
FROM tab JOIN pg_attribute a ON a.attrelid = tab.oid AND a.attnum = 1
WHERE relispartition AND EXISTS (SELECT FROM pg_attrdef d WHERE d.adrelid = tab.oid AND d.adnum = a.attnum) OR false
UNION ALL
SELECT schema, object, format('ALTER TABLE %s ALTER %I SET DEFAULT %L', rel, attname, 'by hand')
FROM tab JOIN pg_attribute a ON a.attrelid = tab.oid AND a.atttypid = 'text'::regtype WHERE relispartition

-- kind: partition: trigger of its own (N22)
SELECT schema, object, format('CREATE TRIGGER by_hand BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()', rel) AS sql
FROM tab WHERE relispartition

-- kind: partition: index of its parent replaced by one of its own (N22)
SELECT i.schema, i.object, i.drop AS sql FROM idx i WHERE i.relkind = 'p'

-- kind: table: partition key (N22)
SELECT schema, object, format('DROP TABLE %s CASCADE; CREATE TABLE %1$s (%s) PARTITION BY HASH (%s)', rel,
           (SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)) || CASE WHEN attnotnull THEN ' NOT NULL' ELSE '' END, ', ' ORDER BY attnum)
            FROM pg_attribute a WHERE a.attrelid = tab.oid AND attnum > 0 AND NOT attisdropped),
           (SELECT quote_ident(attname) FROM pg_attribute a WHERE a.attrelid = tab.oid AND attnum = 1)) AS sql
FROM tab WHERE relkind = 'p' AND NOT relispartition AND pg_get_partkeydef(oid) NOT LIKE 'HASH%'
