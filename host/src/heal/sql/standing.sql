-- Which of these stand in the database, but for indexes, what holds long values, and catalogs? ($1 relations)
SELECT c.oid AS relation, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[]) AND c.relkind NOT IN ('i', 'I', 't') AND n.nspname <> 'pg_catalog'
