-- What may whom do with all other objects of these schemas, where that is not PostgreSQL's default? ($1 schemas)
WITH granted (kind, schema, relation, name, owner, acl, usual, view) AS (
    SELECT CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE 'function' END, n.nspname, NULL::name, p.proname || '(' || oidvectortypes(p.proargtypes) || ')',
           p.proowner, p.proacl, acldefault('f', p.proowner), NULL::oid
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
