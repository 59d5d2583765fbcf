-- What do the constraints of these schemas' tables demand? ($1 schemas)
-- A foreign key to a partitioned table is copied for each of its partitions, and comes and goes with them.
-- NOT NULL is an attribute of the column: the rows of contype 'n' that PostgreSQL 18 adds are left out.
SELECT n.nspname AS schema, c.relname AS relation, k.conname AS name,
       CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' WHEN 'f' THEN 'FOREIGN KEY'
                      WHEN 'c' THEN 'CHECK' ELSE 'EXCLUDE' END AS constraint_type,
       CASE WHEN k.contype IN ('p', 'u', 'f')
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
       CASE WHEN k.contype = 'f'
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
       CASE WHEN k.contype = 'u' THEN i.indnullsnotdistinct END AS nulls_not_distinct,
       CASE WHEN k.contype IN ('p', 'u') AND ic.reloptions IS NOT NULL
            THEN ARRAY(SELECT option FROM unnest(ic.reloptions) AS option ORDER BY option COLLATE "C") END AS options,
       CASE WHEN k.contype IN ('p', 'u') THEN ts.spcname::text END AS tablespace,
       CASE WHEN k.contype IN ('p', 'u', 'x') THEN i.indisvalid AND i.indisready END AS valid,
       CASE WHEN k.contype = 'f' OR k.condeferrable
            THEN (SELECT CASE min(t.tgenabled) WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END
                  FROM pg_trigger t WHERE t.tgconstraint = k.oid AND t.tgenabled <> 'O') END AS enabled
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype IN ('p', 'u', 'x')
LEFT JOIN pg_class ic ON ic.oid = k.conindid
LEFT JOIN pg_tablespace ts ON ts.oid = ic.reltablespace
LEFT JOIN pg_class f ON f.oid = k.confrelid
LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
WHERE n.nspname = ANY ($1::name[])
  AND k.contype IN ('p', 'u', 'f', 'c', 'x')
  AND NOT (k.contype = 'f' AND EXISTS (SELECT FROM pg_constraint whole
                                       WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid))
