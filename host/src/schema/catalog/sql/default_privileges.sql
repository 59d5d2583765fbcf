-- What are new objects in these schemas, or in all, granted from the start? ($1 schemas)
SELECT coalesce(n.nspname, ''::name) AS schema, NULL::name AS relation,
       CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
                            WHEN 'T' THEN 'TYPES' ELSE a.defaclobjtype::text END
           || ' by ' || pg_get_userbyid(a.defaclrole) AS name,
       ARRAY(SELECT CASE WHEN x.grantee = 0 THEN 'public' WHEN x.grantee = a.defaclrole THEN 'owner'
                         WHEN pg_get_userbyid(x.grantee) = 'owner' THEN '"owner"'
                         ELSE quote_ident(pg_get_userbyid(x.grantee)) END || ': '
                    || string_agg(DISTINCT x.privilege_type || CASE WHEN x.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', ')
             FROM aclexplode(a.defaclacl) x GROUP BY x.grantee ORDER BY 1) AS grants
FROM pg_default_acl a
LEFT JOIN pg_namespace n ON n.oid = a.defaclnamespace
WHERE n.nspname = ANY ($1::name[])
   OR a.defaclnamespace = 0
