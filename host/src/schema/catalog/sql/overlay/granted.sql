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
-- The owner may grant what is his, whether or not he was told so.
WHERE g.view IS NOT NULL
   OR NOT (g.acl @> g.usual AND g.acl <@ g.usual)
      AND (SELECT array_agg(DISTINCT (x.grantee, x.privilege_type, x.is_grantable AND x.grantee <> g.owner)) FROM aclexplode(g.acl) x)
          IS DISTINCT FROM
          (SELECT array_agg(DISTINCT (x.grantee, x.privilege_type, x.is_grantable AND x.grantee <> g.owner)) FROM aclexplode(CASE WHEN cardinality(g.usual) > 0 THEN g.usual END) x)
