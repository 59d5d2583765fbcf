-- Which databases of the cluster are neither Tenon's nor PostgreSQL's?
SELECT d.datname::pg_catalog.text
FROM pg_catalog.pg_database d
WHERE NOT d.datistemplate AND d.datname OPERATOR(pg_catalog.<>) 'postgres'
  AND d.datname OPERATOR(pg_catalog.<>) pg_catalog.current_database()
ORDER BY 1
