-- Which extensions are installed? ($1 schemas, of no concern here)
SELECT ''::name AS schema, NULL::name AS relation, e.extname AS name,
       e.extversion AS version,
       n.nspname::text AS extension_schema
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE $1::name[] IS NOT NULL
