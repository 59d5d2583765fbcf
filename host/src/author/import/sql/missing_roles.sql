-- Which of these roles are not there.
SELECT name
  FROM pg_catalog.unnest($1::pg_catalog.text[]) AS name
 WHERE NOT EXISTS (
       SELECT FROM pg_catalog.pg_roles AS r WHERE r.rolname::pg_catalog.text OPERATOR(pg_catalog.=) name)
