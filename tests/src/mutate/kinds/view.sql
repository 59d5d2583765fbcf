-- kind: view: query (N14)
SELECT schema, object, format('CREATE OR REPLACE VIEW %s AS SELECT * FROM (%s) AS by_hand LIMIT 5', rel, query) AS sql FROM vw

-- kind: view: comparison in its query (N14)
SELECT schema, object, format('CREATE OR REPLACE VIEW %s %s AS %s', rel, 'WITH (' || array_to_string(reloptions, ', ') || ')', regexp_replace(query, ' (>|<) ', ' \1= ')) AS sql
FROM vw WHERE query ~ ' (>|<) ' AND reloptions IS NOT NULL
UNION ALL
SELECT schema, object, format('CREATE OR REPLACE VIEW %s AS %s', rel, regexp_replace(query, ' = ', ' <> ')) FROM vw WHERE query ~ ' = ' AND reloptions IS NULL

-- kind: view: one column more (N14)
SELECT schema, object, format('CREATE OR REPLACE VIEW %s AS SELECT *, 1 AS by_hand FROM (%s) AS q', rel, query) AS sql FROM vw WHERE reloptions IS NULL

-- kind: view: security_invoker (N14)
SELECT schema, object, format('ALTER VIEW %s SET (security_invoker = %s)', rel, NOT coalesce('security_invoker=true' = ANY (reloptions), false)) AS sql FROM vw

-- kind: view: security_barrier (N14)
SELECT schema, object, format('ALTER VIEW %s SET (security_barrier = %s)', rel, NOT coalesce('security_barrier=true' = ANY (reloptions), false)) AS sql FROM vw

-- kind: view: option reset (N14)
SELECT schema, object, format('ALTER VIEW %s RESET (%s)', rel, split_part(option, '=', 1)) AS sql FROM vw, unnest(reloptions) AS option

-- kind: view: check option (N14)
SELECT schema, object, format('ALTER VIEW %s SET (check_option = cascaded)', rel) AS sql FROM vw WHERE reloptions::text LIKE '%check_option%'

-- kind: view: column renamed (N14)
SELECT schema, object, format('ALTER VIEW %s RENAME %I TO by_hand', rel, attname) AS sql FROM vw JOIN pg_attribute a ON a.attrelid = vw.oid AND attnum > 0

-- kind: view: dropped
SELECT schema, object, format('DROP VIEW %s CASCADE', rel) AS sql FROM vw

-- kind: view: added
SELECT schema, 'by_hand' AS object, format('CREATE VIEW %I.by_hand AS SELECT 1 AS one', schema) AS sql FROM ns

-- kind: view: renamed
SELECT schema, object, format('ALTER VIEW %s RENAME TO by_hand', rel) AS sql FROM vw

-- kind: view: comment (N26)
SELECT schema, object, format('COMMENT ON VIEW %s IS %L', rel, 'by hand ' || n) AS sql FROM vw, dice

-- kind: materialized view: query (N14)
SELECT schema, object, format('DROP MATERIALIZED VIEW %s CASCADE; CREATE MATERIALIZED VIEW %1$s AS SELECT * FROM (%s) AS q LIMIT 5', rel, rtrim(pg_get_viewdef(oid), ';')) AS sql FROM rel WHERE relkind = 'm'

-- kind: materialized view: storage parameter
SELECT schema, object, format('ALTER MATERIALIZED VIEW %s SET (autovacuum_enabled = false)', rel) AS sql FROM rel WHERE relkind = 'm'

-- kind: materialized view: tablespace
SELECT schema, object, format('ALTER MATERIALIZED VIEW %s SET TABLESPACE mutate_space', rel) AS sql FROM rel WHERE relkind = 'm'

-- kind: materialized view: statistics target of a column
SELECT schema, object, format('ALTER MATERIALIZED VIEW %s ALTER %I SET STATISTICS %s', rel, attname, n) AS sql
FROM rel JOIN pg_attribute a ON a.attrelid = rel.oid AND attnum > 0, dice WHERE relkind = 'm'

-- kind: materialized view: dropped
SELECT schema, object, format('DROP MATERIALIZED VIEW %s CASCADE', rel) AS sql FROM rel WHERE relkind = 'm'

-- kind: materialized view: added
SELECT schema, 'by_hand' AS object, format('CREATE MATERIALIZED VIEW %I.by_hand AS SELECT 1 AS one', schema) AS sql FROM ns

-- kind: rule: DO INSTEAD NOTHING (N24)
SELECT schema, object, format('CREATE RULE by_hand AS ON INSERT TO %s DO INSTEAD NOTHING', rel) AS sql FROM plain

-- kind: rule: disabled
SELECT t.schema, t.object, format('ALTER TABLE %s DISABLE RULE %I', t.rel, r.rulename) AS sql FROM pg_rewrite r JOIN tab t ON t.oid = r.ev_class

-- kind: rule: condition dropped
SELECT t.schema, t.object, format('CREATE OR REPLACE RULE %I AS ON DELETE TO %s DO INSTEAD NOTHING', r.rulename, t.rel) AS sql
FROM pg_rewrite r JOIN tab t ON t.oid = r.ev_class WHERE r.ev_qual <> '<>' AND r.ev_type = '4'

-- kind: rule: dropped
SELECT t.schema, t.object, format('DROP RULE %I ON %s', r.rulename, t.rel) AS sql FROM pg_rewrite r JOIN tab t ON t.oid = r.ev_class

-- kind: policy: added (N18)
SELECT schema, object, format('CREATE POLICY by_hand ON %s USING (true)', rel) AS sql FROM tab

-- kind: policy: USING (N18)
SELECT schema, object, format('ALTER POLICY %s ON %s USING (true)', pol, rel) AS sql FROM pol WHERE qual IS NOT NULL AND qual <> 'true'

-- kind: policy: WITH CHECK (N18)
SELECT schema, object, format('ALTER POLICY %s ON %s WITH CHECK (true)', pol, rel) AS sql FROM pol WHERE polcmd IN ('*', 'a', 'w')

-- kind: policy: TO PUBLIC (N18)
SELECT schema, object, format('ALTER POLICY %s ON %s TO PUBLIC', pol, rel) AS sql FROM pol WHERE polroles <> '{0}'

-- kind: policy: one role more (N18)
SELECT schema, object, format('ALTER POLICY %s ON %s TO mutate_reader, harness', pol, rel) AS sql FROM pol

-- kind: policy: PERMISSIVE, RESTRICTIVE (N18)
SELECT schema, object, format('DROP POLICY %s ON %s; CREATE POLICY %1$s ON %2$s AS %s FOR %s TO %s%s%s', pol, rel,
           CASE WHEN polpermissive THEN 'RESTRICTIVE' ELSE 'PERMISSIVE' END,
           CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
           (SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END, ', ') FROM unnest(polroles) role),
           ' USING (' || qual || ')', ' WITH CHECK (' || wcheck || ')') AS sql FROM pol

-- kind: policy: command (N18)
SELECT schema, object, format('DROP POLICY %s ON %s; CREATE POLICY %1$s ON %2$s AS %s TO %s USING (%s)', pol, rel,
           CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
           (SELECT string_agg(CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END, ', ') FROM unnest(polroles) role),
           qual) AS sql FROM pol WHERE polcmd <> '*' AND qual IS NOT NULL AND wcheck IS NULL

-- kind: policy: dropped (N18)
SELECT schema, object, format('DROP POLICY %s ON %s', pol, rel) AS sql FROM pol

-- kind: materialized view: depends on an extension
SELECT schema, object, format('ALTER MATERIALIZED VIEW %s DEPENDS ON EXTENSION %I', rel, extname) AS sql FROM rel, pg_extension WHERE relkind = 'm'
