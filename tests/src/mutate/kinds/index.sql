-- kind: index: failed concurrent build leaves it invalid (N15), outside, held
SELECT schema, object, drop || E'\n' || replace(def, ' INDEX ', ' INDEX CONCURRENTLY ') AS sql, format('LOCK TABLE %s IN ROW EXCLUSIVE MODE', rel) AS hold
FROM idx WHERE relkind = 'r' AND indisunique

-- kind: index: failed concurrent build of another (N15), outside, held
SELECT schema, object, format('CREATE INDEX CONCURRENTLY by_hand ON %s (%s)', rel, col) AS sql, format('LOCK TABLE %s IN ROW EXCLUSIVE MODE', rel) AS hold
FROM col WHERE type IN ('text', 'bigint')

-- kind: index: dropped
SELECT schema, object, drop AS sql FROM idx

-- kind: index: added (N22)
SELECT schema, object, format('CREATE INDEX by_hand ON %s (%s)', rel, col) AS sql FROM col WHERE type IN ('text', 'bigint', 'integer')

-- kind: index: renamed
SELECT schema, object, format('ALTER INDEX %s RENAME TO by_hand_%s', idx, n) AS sql FROM idx, dice

-- kind: index: UNIQUE (N16)
SELECT schema, object, drop || CASE WHEN indisunique THEN regexp_replace(replace(def, 'CREATE UNIQUE', 'CREATE'), ' NULLS NOT DISTINCT', '')
                                    ELSE replace(def, 'CREATE INDEX', 'CREATE UNIQUE INDEX') END AS sql
FROM idx WHERE amname = 'btree' AND relkind <> 'p'

-- kind: index: btree to hash (N16)
SELECT schema, object, drop || regexp_replace(def, ' USING btree \(([^ ,()]+)\)', ' USING hash (\1)') AS sql
FROM idx WHERE NOT indisunique AND def ~ ' USING btree \([^ ,()]+\)( WHERE|$)'

-- kind: index: gin to btree (N16)
SELECT schema, object, drop || regexp_replace(def, ' USING gin \(([^ ,()]+)\)', ' USING btree (\1)') AS sql
FROM idx WHERE def ~ ' USING gin \([^ ,()]+\)'

-- kind: index: DESC (N16)
SELECT schema, object, drop || regexp_replace(def, ' USING btree \(([^ ,()]+)([,)])', ' USING btree (\1 DESC\2') AS sql
FROM idx WHERE def ~ ' USING btree \([^ ,()]+[,)]'

-- kind: index: NULLS FIRST (N16)
SELECT schema, object, drop || regexp_replace(def, ' USING btree \(([^ ,()]+)([,)])', ' USING btree (\1 NULLS FIRST\2') AS sql
FROM idx WHERE def ~ ' USING btree \([^ ,()]+[,)]'

-- kind: index: collation (N16)
SELECT schema, object, drop || regexp_replace(def, ' USING btree \(([^ ,()]+)([,)])', ' USING btree (\1 COLLATE "POSIX"\2') AS sql
FROM idx WHERE def ~ ' USING btree \([^ ,()]+[,)]'

-- kind: index: collation of an expression (N16)
SELECT schema, object, drop || regexp_replace(def, '\((lower\(.*?\))([,)])', '(\1 COLLATE "POSIX"\2') AS sql
FROM idx WHERE def ~ '\(lower\([^()]*\)[,)]'

-- kind: index: operator class (N16)
SELECT schema, object, drop || regexp_replace(def, ' USING btree \(([^ ,()]+)([,)])', ' USING btree (\1 text_pattern_ops\2') AS sql
FROM idx WHERE def ~ ' USING btree \([^ ,()]+[,)]'

-- kind: index: columns in another order (N16)
SELECT schema, object, drop || regexp_replace(def, '\(([^ ,()]+), ([^ ,()]+)\)', '(\2, \1)') AS sql
FROM idx WHERE def ~ ' USING \w+ \([^ ,()]+, [^ ,()]+\)'

-- kind: index: one column less (N16)
SELECT schema, object, drop || regexp_replace(def, '( USING \w+ \([^ ,()]+), [^ ,()]+\)', '\1)') AS sql
FROM idx WHERE def ~ ' USING \w+ \([^ ,()]+, [^ ,()]+\)'

-- kind: index: INCLUDE dropped (N16)
SELECT schema, object, drop || regexp_replace(def, ' INCLUDE \([^)]*\)', '') AS sql FROM idx WHERE def LIKE '% INCLUDE (%'

-- kind: index: INCLUDE added (N16)
SELECT i.schema, i.object, drop || regexp_replace(def, '( USING btree \([^()]*\))', format('\1 INCLUDE (%s)', col)) AS sql
FROM idx i JOIN col ON col.oid = i.tabid WHERE def ~ ' USING btree \([^()]*\)' AND def NOT LIKE '% INCLUDE (%'

-- kind: index: NULLS NOT DISTINCT (N16)
SELECT schema, object, drop || CASE WHEN def LIKE '% NULLS NOT DISTINCT%' THEN replace(def, ' NULLS NOT DISTINCT', '')
                                    ELSE regexp_replace(def, '( USING btree \([^()]*\))', '\1 NULLS NOT DISTINCT') END AS sql
FROM idx WHERE indisunique AND def ~ ' USING btree \([^()]*\)' AND def NOT LIKE '% INCLUDE (%'

-- kind: index: predicate changed (N16)
SELECT schema, object, drop || regexp_replace(def, ' WHERE (.*)$', ' WHERE NOT (\1)') AS sql FROM idx WHERE indpred IS NOT NULL

-- kind: index: literal in the predicate (N16)
SELECT schema, object, drop || regexp_replace(def, '( WHERE .*?)''([^'']+)''::(text|character varying)', '\1''\2 ''::\3') AS sql
FROM idx WHERE def ~ ' WHERE .*?''[^'']+''::(text|character varying)'

-- kind: index: predicate dropped (N16)
SELECT schema, object, drop || regexp_replace(def, ' WHERE (.*)$', '') AS sql FROM idx WHERE indpred IS NOT NULL

-- kind: index: predicate added (N16)
SELECT schema, object, drop || def || format(' WHERE %s > 0', col) AS sql
FROM idx JOIN col USING (schema, object) WHERE indpred IS NULL AND type IN ('bigint', 'integer')

-- kind: index: lower() to upper() (N16)
SELECT schema, object, drop || replace(def, 'lower(', 'upper(') AS sql FROM idx WHERE def LIKE '%lower(%'

-- kind: index: storage parameter (N23)
SELECT schema, object, format('ALTER INDEX %s SET (fillfactor = %s)', idx, 20 + n % 70) AS sql FROM idx, dice WHERE amname IN ('btree', 'hash') AND relkind <> 'p'

-- kind: index: statistics target of an expression (N23)
SELECT schema, object, format('ALTER INDEX %s ALTER COLUMN 1 SET STATISTICS %s', idx, n) AS sql FROM idx, dice WHERE indkey[0] = 0

-- kind: index: tablespace (N23)
SELECT schema, object, format('ALTER INDEX %s SET TABLESPACE mutate_space', idx) AS sql FROM idx

-- kind: index: CLUSTER (N23)
SELECT schema, object, format('ALTER TABLE %s CLUSTER ON %I', rel, idxname) AS sql
FROM idx WHERE relkind = 'r' AND amname = 'btree' AND indpred IS NULL

-- kind: index: not ready, as an interrupted build leaves it (N15)
SELECT schema, object, format('UPDATE pg_index SET indisready = false WHERE indexrelid = %s', indexrelid) AS sql FROM idx

-- kind: index: depends on an extension
SELECT schema, object, format('ALTER INDEX %s DEPENDS ON EXTENSION %I', idx, extname) AS sql FROM idx, pg_extension e
WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = indexrelid
                  AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'x')

-- kind: index: made part by part, and the parts not attached
SELECT i.schema, i.object, i.drop || i.def || '; ' || string_agg(pg_get_indexdef(h.inhrelid), '; ') AS sql
FROM idx i JOIN pg_inherits h ON h.inhparent = i.indexrelid WHERE i.relkind = 'p'
GROUP BY i.schema, i.object, i.drop, i.def

-- kind: index: comment (N26)
SELECT schema, object, format('COMMENT ON INDEX %s IS %L', idx, 'by hand ' || n) AS sql FROM idx, dice
