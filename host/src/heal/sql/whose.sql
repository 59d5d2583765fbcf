-- Whose is what stands in these schemas, and who may do what with it? ($1 schemas) Each object with a number that is
-- another one once its owner, rights or settings are.
SELECT 'pg_class' AS catalog, c.oid, n.nspname::text AS schema, c.relname::text AS name,
       pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', c.relowner, c.relacl, c.reloptions, c.relrowsecurity, c.relforcerowsecurity,
           (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attnum, a.attacl), ' ' ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL)), 0) AS state
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::pg_catalog.name[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
UNION ALL
SELECT 'pg_proc', p.oid, n.nspname::text, p.proname::text,
       pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', p.proowner, p.proacl, p.proconfig, p.prosecdef), 0)
FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($1::pg_catalog.name[])
UNION ALL
SELECT 'pg_type', t.oid, n.nspname::text, t.typname::text,
       pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', t.typowner, t.typacl), 0)
FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
WHERE n.nspname = ANY ($1::pg_catalog.name[]) AND t.typrelid = 0::pg_catalog.oid AND t.typelem = 0::pg_catalog.oid
UNION ALL
SELECT 'pg_namespace', n.oid, n.nspname::text, ''::text,
       pg_catalog.hashtextextended(pg_catalog.concat_ws(' ', n.nspowner, n.nspacl), 0)
FROM pg_catalog.pg_namespace n
WHERE n.nspname = ANY ($1::pg_catalog.name[])
