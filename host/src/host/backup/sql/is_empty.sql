-- Has nobody made anything in this database? What the managed cluster itself has there does not count.
SELECT NOT EXISTS (SELECT FROM pg_catalog.pg_class c
                   JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
                   WHERE NOT pg_catalog.starts_with(n.nspname, 'pg_')
                     AND n.nspname NOT IN ('information_schema', 'tenon_cluster'))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_namespace n
                   WHERE NOT pg_catalog.starts_with(n.nspname, 'pg_')
                     AND n.nspname NOT IN ('information_schema', 'tenon_cluster', 'public'))
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_proc p
                   JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
                   WHERE n.nspname OPERATOR(pg_catalog.=) 'public')
