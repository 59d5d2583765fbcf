-- May this role make the database anew and put it in the place of this one? Which extensions stand there already?
SELECT r.rolsuper AS superuser,
       r.rolsuper OR r.rolcreatedb AND pg_catalog.pg_has_role(r.oid, d.datdba, 'MEMBER') AS makes,
       ARRAY(SELECT e.extname::pg_catalog.text FROM pg_catalog.pg_extension e
             WHERE e.extname OPERATOR(pg_catalog.<>) 'plpgsql' ORDER BY 1) AS extensions
FROM pg_catalog.pg_roles r
CROSS JOIN pg_catalog.pg_database d
WHERE r.rolname OPERATOR(pg_catalog.=) current_user AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
