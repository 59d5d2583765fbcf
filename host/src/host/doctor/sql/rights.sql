-- What may this role do?
SELECT pg_catalog.quote_ident(r.rolname) AS role,
       pg_catalog.quote_ident(pg_catalog.current_database()) AS database,
       r.rolsuper AS superuser,
       r.rolcreatedb OR r.rolsuper AS makes_databases,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') AS creates,
       pg_catalog.to_regnamespace('tenon') IS NULL
           OR pg_catalog.has_schema_privilege('tenon', 'USAGE') AS uses_tenon,
       coalesce((SELECT pg_catalog.pg_has_role(n.nspowner, 'USAGE')
                 FROM pg_catalog.pg_namespace n
                 WHERE n.nspname OPERATOR(pg_catalog.=) 'tenon'), true) AS owns_tenon,
       coalesce((SELECT pg_catalog.has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE')
                 FROM pg_catalog.pg_class c
                 JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
                 WHERE n.nspname OPERATOR(pg_catalog.=) 'tenon' AND c.relname OPERATOR(pg_catalog.=) 'audit'
                   AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')), false) AS writes_audit,
       (SELECT pg_catalog.string_agg(c.relname, ', ' ORDER BY c.relname)
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
        WHERE n.nspname OPERATOR(pg_catalog.=) 'tenon' AND c.relkind IN ('r', 'p')
          AND NOT pg_catalog.has_table_privilege(c.oid, 'SELECT')
          AND c.relname NOT IN ('session', 'session_key')) AS unreadable
FROM pg_catalog.pg_roles r
WHERE r.rolname OPERATOR(pg_catalog.=) current_user
