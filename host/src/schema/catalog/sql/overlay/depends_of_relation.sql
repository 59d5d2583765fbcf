-- Which triggers, materialized views and indexes of these schemas go when an extension does (DEPENDS ON EXTENSION)? ($1 schemas)
WITH bound AS MATERIALIZED (
    SELECT d.classid, d.objid, array_agg(e.extname::text) AS extensions
    FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'
    GROUP BY d.classid, d.objid
)
SELECT 'materialized_view' AS kind, n.nspname AS schema, NULL::name AS relation, c.relname AS name, b.extensions AS depends_on
FROM bound b
JOIN pg_class c ON b.classid = 'pg_class'::regclass AND b.objid = c.oid AND c.relkind = 'm'
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT CASE WHEN k.oid IS NULL THEN 'index' ELSE 'constraint' END, n.nspname, t.relname, coalesce(k.conname, c.relname), b.extensions
FROM bound b
JOIN pg_class c ON b.classid = 'pg_class'::regclass AND b.objid = c.oid
JOIN pg_index i ON i.indexrelid = c.oid JOIN pg_class t ON t.oid = i.indrelid
JOIN pg_namespace n ON n.oid = t.relnamespace
LEFT JOIN pg_constraint k ON k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
WHERE n.nspname = ANY ($1::name[])
UNION ALL
SELECT 'trigger', n.nspname, c.relname, t.tgname, b.extensions
FROM bound b
JOIN pg_trigger t ON b.classid = 'pg_trigger'::regclass AND b.objid = t.oid
JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::name[])
