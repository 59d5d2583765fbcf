-- What may whom do with the objects of these schemas, where that is not PostgreSQL's default? ($1 schemas)
-- A NULL list and one that spells out the default are the same. The owner is told as such, whoever it is; a
-- role that is really named so stands in quotes.
-- Those on a view's columns are told with the view, whose columns are no objects of their own.
WITH granted (kind, schema, relation, name, owner, acl, usual, view) AS (
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized_view' WHEN 'S' THEN 'sequence' ELSE 'table' END,
           n.nspname, NULL::name, c.relname::text, c.relowner, coalesce(c.relacl, acldefault('r', c.relowner)),
           acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner), v.attrelid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN (SELECT DISTINCT a.attrelid FROM pg_attribute a WHERE a.attacl IS NOT NULL) v
           ON v.attrelid = c.oid AND c.relkind IN ('v', 'm')
    WHERE n.nspname = ANY ($1::name[]) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
      AND (c.relacl IS NOT NULL OR v.attrelid IS NOT NULL)
    UNION ALL
    SELECT 'column', n.nspname, c.relname, a.attname::text, c.relowner, a.attacl, '{}'::aclitem[], NULL
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::name[]) AND c.relkind IN ('r', 'p', 'f') AND NOT a.attisdropped AND a.attacl IS NOT NULL
    UNION ALL
    SELECT CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE 'function' END, n.nspname, NULL, p.proname || '(' || oidvectortypes(p.proargtypes) || ')',
           p.proowner, p.proacl, acldefault('f', p.proowner), NULL
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname = ANY ($1::name[]) AND p.proacl IS NOT NULL
    UNION ALL
    SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' ELSE 'range' END,
           n.nspname, NULL, t.typname::text, t.typowner, t.typacl, acldefault('T', t.typowner), NULL
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname = ANY ($1::name[]) AND t.typacl IS NOT NULL
    UNION ALL
    SELECT 'schema', '', NULL, n.nspname::text, n.nspowner, n.nspacl, acldefault('n', n.nspowner), NULL
    FROM pg_namespace n WHERE n.nspname = ANY ($1::name[]) AND n.nspacl IS NOT NULL
    UNION ALL
    SELECT 'foreign_server', '', NULL, s.srvname::text, s.srvowner, s.srvacl, acldefault('S', s.srvowner), NULL
    FROM pg_foreign_server s WHERE s.srvacl IS NOT NULL
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
