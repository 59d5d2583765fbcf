-- What do these partitioned tables hand on to their partitions that LIKE does not copy? ($1 schemas, $2 names)
-- Themselves first, with their partition keys; then their foreign keys, and their triggers.
WITH parent AS (
    SELECT c.oid, n.nspname, c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS spelled
    FROM unnest($1::name[], $2::name[]) AS wanted (schema, name)
    JOIN pg_namespace n ON n.nspname = wanted.schema
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.name AND c.relkind = 'p'
)
SELECT p.nspname AS schema, p.relname AS name, p.spelled, 'key' AS kind, NULL::name AS part,
       pg_get_partkeydef(p.oid) AS text, NULL::name AS other_schema, NULL::name AS other_name, NULL::text AS other
FROM parent p
UNION ALL
SELECT p.nspname, p.relname, p.spelled, 'foreign key', k.conname,
       pg_get_constraintdef(k.oid), fn.nspname, f.relname, quote_ident(fn.nspname) || '.' || quote_ident(f.relname)
FROM parent p
JOIN pg_constraint k ON k.conrelid = p.oid AND k.contype = 'f'
     AND NOT EXISTS (SELECT FROM pg_constraint whole WHERE whole.oid = k.conparentid AND whole.conrelid = k.conrelid)
JOIN pg_class f ON f.oid = k.confrelid
JOIN pg_namespace fn ON fn.oid = f.relnamespace
UNION ALL
SELECT p.nspname, p.relname, p.spelled, 'trigger', t.tgname, pg_get_triggerdef(t.oid), NULL, NULL, NULL
FROM parent p
JOIN pg_trigger t ON t.tgrelid = p.oid AND NOT t.tgisinternal AND t.tgtype & 1 <> 0
ORDER BY 1, 2, 4, 5
