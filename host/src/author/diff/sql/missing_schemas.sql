-- Which of these schemas are not there.
SELECT name
  FROM pg_catalog.unnest($1::pg_catalog.text[]) AS name
 WHERE NOT EXISTS (
       SELECT FROM pg_catalog.pg_namespace AS n WHERE n.nspname::pg_catalog.text OPERATOR(pg_catalog.=) name)
