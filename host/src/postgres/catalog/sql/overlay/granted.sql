)
SELECT g.kind, g.schema, g.relation, g.name,
       ARRAY(SELECT CASE WHEN x.grantee = 0 THEN 'public' WHEN x.grantee = g.owner THEN 'owner'
                         WHEN pg_get_userbyid(x.grantee) = 'owner' THEN '"owner"'
                         ELSE quote_ident(pg_get_userbyid(x.grantee)) END || ': '
                    || string_agg(DISTINCT x.privilege_type || x.of_column
                                  || CASE WHEN x.is_grantable AND x.grantee <> g.owner THEN ' WITH GRANT OPTION' ELSE '' END, ', ')
             FROM (SELECT a.grantee, a.privilege_type, a.is_grantable, '' AS of_column FROM aclexplode(g.acl) a
                   UNION ALL
                   SELECT a.grantee, a.privilege_type, a.is_grantable, ' (' || quote_ident(c.attname) || ')'
                   FROM pg_attribute c, aclexplode(c.attacl) a WHERE c.attrelid = g.view) x
             GROUP BY x.grantee) AS grants
FROM granted g
WHERE NOT (g.acl @> g.usual AND g.acl <@ g.usual) OR g.view IS NOT NULL
