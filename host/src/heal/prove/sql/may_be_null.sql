-- Which columns of these tables may be NULL? ($1 their OIDs)
SELECT a.attrelid AS table, a.attnum AS number
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid OPERATOR(pg_catalog.=) a.attrelid
WHERE a.attrelid OPERATOR(pg_catalog.=) ANY ($1)
  AND c.relkind OPERATOR(pg_catalog.=) ANY (ARRAY['r', 'p']::pg_catalog."char"[])
  AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attnotnull AND NOT a.attisdropped
