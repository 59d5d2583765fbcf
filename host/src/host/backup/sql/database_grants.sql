-- Who may what with this database, where somebody has said so? Everybody is no role.
SELECT CASE WHEN a.grantee OPERATOR(pg_catalog.<>) '0'::pg_catalog.oid THEN pg_catalog.pg_get_userbyid(a.grantee)::pg_catalog.text END AS role,
       a.privilege_type AS privilege, a.is_grantable AS grantable
FROM pg_catalog.pg_database d
CROSS JOIN LATERAL pg_catalog.aclexplode(d.datacl) AS a
WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
ORDER BY 1 NULLS FIRST, 2
