-- kind: check: operator (N5)
SELECT schema, object, again || format('CHECK (%s)', regexp_replace(expr, ' > ', ' >= ')) || tail AS sql FROM chk WHERE expr LIKE '% > %'

-- kind: check: number (N5)
SELECT schema, object, again || format('CHECK (%s)', regexp_replace(expr, '([<>=] )(\d+)', '\19\2')) || tail
FROM chk WHERE expr ~ '[<>=] \d+'

-- kind: check: text in a literal (N5)
SELECT schema, object, again || format('CHECK (%s)', regexp_replace(expr, '''([^'']+)''::', '''\1 ''::')) || tail AS sql
FROM chk WHERE expr ~ '''[^'']+''::(text|character varying)'

-- kind: check: one value more in a list (N5)
SELECT schema, object, again || format('CHECK (%s)', regexp_replace(expr, 'ARRAY\[(.*?)([,\]])', 'ARRAY[\1, \1\2')) || tail AS sql
FROM chk WHERE expr LIKE '%ARRAY[%'

-- kind: check: negated (N5)
SELECT schema, object, again || format('CHECK (NOT (%s))', expr) || tail AS sql FROM chk

-- kind: check: always true (N5)
SELECT schema, object, again || 'CHECK (true)' || tail AS sql FROM chk

-- kind: check: a cast (N6)
SELECT schema, object, again || format('CHECK (%s)', replace(expr, '::integer', '::numeric')) || tail AS sql FROM chk WHERE expr LIKE '%::integer%'

-- kind: check: a cast added (N6)
SELECT schema, object, again || format('CHECK (%s)', regexp_replace(expr, '(\w+) (>=?) (\d+)', '\1::numeric \2 \3')) || tail AS sql
FROM chk WHERE expr ~ '\w+ >=? \d+' AND expr !~ '"'

-- kind: check: case of a name (N7)
SELECT schema, object, again || format('CHECK (%s)', replace(expr, format('"%s"', big.attname), lower(big.attname))) || tail AS sql
FROM chk JOIN pg_attribute big ON big.attrelid = chk.tabid AND big.attname <> lower(big.attname)
JOIN pg_attribute small ON small.attrelid = chk.tabid AND small.attname = lower(big.attname)
WHERE expr LIKE format('%%"%s"%%', big.attname)

-- kind: check: parentheses (N8)
SELECT schema, object, again || format('CHECK %s', regexp_replace(expr, '(\w+) OR \((\w+) AND (\w+)\)', '(\1 OR \2) AND \3')) || tail AS sql
FROM chk WHERE expr ~ '^\(\w+ OR \(\w+ AND \w+\)\)$'

-- kind: check: not validated (N10)
SELECT schema, object, again || format('CHECK (%s) NOT VALID', expr) AS sql FROM chk WHERE convalidated AND NOT connoinherit

-- kind: check: validated (N10)
SELECT schema, object, format('ALTER TABLE %s VALIDATE CONSTRAINT %s', rel, con) AS sql FROM chk WHERE NOT convalidated

-- kind: check: NO INHERIT
SELECT schema, object, again || format('CHECK (%s)', expr) || CASE WHEN connoinherit THEN '' ELSE ' NO INHERIT' END AS sql FROM chk

-- kind: check: added (N10)
SELECT schema, object, format('ALTER TABLE %s ADD CONSTRAINT by_hand CHECK (true) NOT VALID', rel) AS sql FROM plain

-- kind: check: dropped (N5)
SELECT schema, object, format('ALTER TABLE %s DROP CONSTRAINT %s', rel, con) AS sql FROM chk

-- kind: constraint: renamed
SELECT schema, object, format('ALTER TABLE %s RENAME CONSTRAINT %s TO by_hand_%s', rel, con, n) AS sql FROM con, dice

-- kind: constraint: dropped
SELECT schema, object, format('ALTER TABLE %s DROP CONSTRAINT %s CASCADE', rel, con) AS sql FROM con WHERE contype IN ('p', 'u', 'f', 'x')

-- kind: constraint: comment (N26)
SELECT schema, object, format('COMMENT ON CONSTRAINT %s ON %s IS %L', con, rel, 'by hand ' || n) AS sql FROM con, dice

-- kind: foreign key: ON DELETE (N9)
SELECT schema, object, again || base || u || CASE WHEN d LIKE '%CASCADE' THEN ' ON DELETE SET NULL' ELSE ' ON DELETE CASCADE' END || f AS sql FROM fk

-- kind: foreign key: ON DELETE NO ACTION, RESTRICT (N9)
SELECT schema, object, again || base || u || CASE WHEN d LIKE '%RESTRICT' THEN '' ELSE ' ON DELETE RESTRICT' END || f AS sql FROM fk

-- kind: foreign key: ON DELETE SET NULL of some columns (N9)
SELECT schema, object, again || base || u || ' ON DELETE SET NULL (' || (regexp_match(base, '^FOREIGN KEY \((.*?)[,)]'))[1] || ')' || f AS sql FROM fk

-- kind: foreign key: ON UPDATE (N9)
SELECT schema, object, again || base || CASE WHEN u LIKE '%CASCADE' THEN '' ELSE ' ON UPDATE CASCADE' END || d || f AS sql FROM fk

-- kind: foreign key: DEFERRABLE (N9)
SELECT schema, object, format('ALTER TABLE %s ALTER CONSTRAINT %s %s', rel, con,
           CASE WHEN condeferrable THEN 'NOT DEFERRABLE' ELSE 'DEFERRABLE' END) AS sql FROM fk

-- kind: foreign key: INITIALLY DEFERRED (N9)
SELECT schema, object, again || base || u || d || ' DEFERRABLE INITIALLY DEFERRED' AS sql FROM fk WHERE def NOT LIKE '%INITIALLY DEFERRED%'

-- kind: foreign key: MATCH FULL (N9)
SELECT schema, object, again || base || ' MATCH FULL' || u || d || f AS sql FROM fk WHERE def NOT LIKE '%MATCH FULL%'

-- kind: foreign key: NOT VALID (N9)
SELECT schema, object, again || base || u || d || f || ' NOT VALID' AS sql FROM fk
WHERE convalidated AND EXISTS (SELECT FROM plain p WHERE p.oid = fk.tabid)

-- kind: foreign key: its triggers disabled
SELECT schema, object, format('ALTER TABLE %s DISABLE TRIGGER ALL', rel) AS sql
FROM fk WHERE NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = fk.tabid AND NOT t.tgisinternal)

-- kind: foreign key: the triggers of the table that it refers to disabled
SELECT fk.schema, fk.object, format('ALTER TABLE %s DISABLE TRIGGER ALL', k.confrelid::regclass) AS sql
FROM fk JOIN pg_constraint k ON k.oid = fk.oid WHERE k.confrelid <> k.conrelid

-- kind: foreign key: one of its triggers disabled
SELECT fk.schema, fk.object, format('ALTER TABLE %s DISABLE TRIGGER %I', t.tgrelid::regclass, t.tgname) AS sql
FROM fk JOIN pg_trigger t ON t.tgconstraint = fk.oid

-- kind: check: declared by the child too
SELECT t.schema, t.object, format('ALTER TABLE %s ADD CONSTRAINT %I %s', t.rel, k.conname, pg_get_constraintdef(k.oid)) AS sql
FROM pg_constraint k JOIN tab t ON t.oid = k.conrelid WHERE k.contype = 'c' AND NOT k.conislocal AND NOT t.relispartition

-- kind: unique: comment on its index (N26)
SELECT schema, object, format('COMMENT ON INDEX %s IS %L', conindid::regclass, 'by hand ' || n) AS sql FROM con, dice WHERE contype IN ('p', 'u', 'x')

-- kind: unique: its index depends on an extension
SELECT schema, object, format('ALTER INDEX %s DEPENDS ON EXTENSION %I', conindid::regclass, extname) AS sql
FROM con, pg_extension WHERE contype IN ('p', 'u', 'x')

-- kind: exclusion: tablespace of its index (N23)
SELECT schema, object, format('ALTER INDEX %s SET TABLESPACE mutate_space', conindid::regclass) AS sql
FROM con WHERE contype = 'x'

-- kind: foreign key: added
SELECT a.schema, a.object, format('ALTER TABLE %s ADD CONSTRAINT by_hand FOREIGN KEY (%s) REFERENCES %s (%s)', a.rel, a.col, b.rel, b.col) AS sql
FROM col a JOIN col b ON a.atttypid = b.atttypid AND a.oid <> b.oid
WHERE EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = b.oid AND k.contype IN ('p', 'u') AND k.conkey = ARRAY[b.attnum])

-- kind: unique: constraint to a plain unique index (N16)
SELECT c.schema, c.object, format('ALTER TABLE %s DROP CONSTRAINT %s; ', c.rel, c.con) || pg_get_indexdef(conindid) AS sql
FROM con c WHERE contype = 'u' AND NOT condeferrable

-- kind: unique: NULLS NOT DISTINCT (N16)
SELECT schema, object, again || CASE WHEN def LIKE '%NULLS NOT DISTINCT%' THEN replace(def, ' NULLS NOT DISTINCT', '')
                                     ELSE replace(def, 'UNIQUE (', 'UNIQUE NULLS NOT DISTINCT (') END AS sql
FROM con WHERE contype = 'u'

-- kind: unique: INCLUDE dropped (N16)
SELECT schema, object, again || regexp_replace(def, ' INCLUDE \(.*?\)', '') AS sql FROM con WHERE def LIKE '% INCLUDE %'

-- kind: unique: INCLUDE added (N16)
SELECT c.schema, c.object, c.again || format('%s INCLUDE (%s)', c.def, col.col) AS sql
FROM con c JOIN col ON col.oid = c.tabid
WHERE c.contype IN ('p', 'u') AND c.def NOT LIKE '% INCLUDE %' AND NOT c.condeferrable AND NOT col.attnum = ANY (c.conkey)

-- kind: unique: DEFERRABLE
SELECT schema, object, again || def || ' DEFERRABLE' AS sql FROM con WHERE contype IN ('p', 'u', 'x') AND NOT condeferrable AND def NOT LIKE '%WHERE%'

-- kind: unique: columns in another order (N16)
SELECT schema, object, again || regexp_replace(def, '\(([^ ,()]+), ([^ ,()]+)\)', '(\2, \1)') AS sql
FROM con WHERE contype IN ('p', 'u') AND def ~ '\([^ ,()]+, [^ ,()]+\)'

-- kind: unique: one column more (N16)
SELECT c.schema, c.object, c.again || regexp_replace(c.def, '\)', format(', %s)', col.col)) AS sql
FROM con c JOIN col ON col.oid = c.tabid
WHERE c.contype = 'u' AND NOT col.attnum = ANY (c.conkey) AND c.def NOT LIKE '% INCLUDE %'

-- kind: unique: added
SELECT schema, object, format('ALTER TABLE %s ADD CONSTRAINT by_hand UNIQUE (%s)', rel, col) AS sql FROM col WHERE type IN ('text', 'integer', 'bigint')

-- kind: unique: primary key to unique
SELECT schema, object, again || replace(def, 'PRIMARY KEY', 'UNIQUE') AS sql FROM con WHERE contype = 'p'

-- kind: unique: storage parameter of its index (N23)
SELECT schema, object, format('ALTER INDEX %s SET (fillfactor = %s)', conindid::regclass, 40 + n % 50) AS sql
FROM con, dice WHERE contype IN ('p', 'u', 'x')
  AND (SELECT reloptions IS NULL AND relkind = 'i' FROM pg_class WHERE oid = conindid)

-- kind: unique: tablespace of its index (N23)
SELECT schema, object, format('ALTER INDEX %s SET TABLESPACE mutate_space', conindid::regclass) AS sql
FROM con WHERE contype IN ('p', 'u')

-- kind: exclusion: predicate
SELECT schema, object, again || regexp_replace(def, ' WHERE .*$', '') AS sql FROM con WHERE contype = 'x' AND def LIKE '% WHERE %'

-- kind: exclusion: operator
SELECT schema, object, again || replace(def, '&&', '-|-') AS sql FROM con WHERE contype = 'x' AND def LIKE '%WITH &&%'

-- kind: exclusion: added
SELECT schema, object, format('ALTER TABLE %s ADD CONSTRAINT by_hand EXCLUDE (%s WITH =)', rel, col) AS sql FROM col WHERE type IN ('text', 'integer', 'bigint')

-- kind: unique: triggers of a deferrable one disabled
SELECT schema, object, format('ALTER TABLE %s DISABLE TRIGGER ALL', rel) AS sql FROM con WHERE contype = 'u' AND condeferrable
