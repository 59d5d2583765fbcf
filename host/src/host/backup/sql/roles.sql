-- Which roles does a dump of this database name? Owners, and whoever is granted something; not those of PostgreSQL.
SELECT DISTINCT r.rolname::pg_catalog.text
FROM pg_catalog.pg_roles r
WHERE NOT pg_catalog.starts_with(r.rolname, 'pg_')
  AND (r.oid IN (SELECT d.refobjid
                 FROM pg_catalog.pg_shdepend d
                 JOIN pg_catalog.pg_database b ON b.oid OPERATOR(pg_catalog.=) d.dbid
                 WHERE b.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
                   AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_authid'::pg_catalog.regclass)
       OR r.oid IN (SELECT n.nspowner FROM pg_catalog.pg_namespace n
                    WHERE NOT pg_catalog.starts_with(n.nspname, 'pg_') AND n.nspname NOT IN ('information_schema', 'tenon_cluster')
                    UNION ALL
                    SELECT c.relowner FROM pg_catalog.pg_class c
                    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
                    WHERE NOT pg_catalog.starts_with(n.nspname, 'pg_') AND n.nspname NOT IN ('information_schema', 'tenon_cluster')
                    UNION ALL
                    SELECT p.proowner FROM pg_catalog.pg_proc p
                    JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
                    WHERE NOT pg_catalog.starts_with(n.nspname, 'pg_') AND n.nspname NOT IN ('information_schema', 'tenon_cluster')))
ORDER BY 1
