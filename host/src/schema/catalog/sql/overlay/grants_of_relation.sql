-- What may whom do with the relations of these schemas and their columns, where that is not PostgreSQL's default? ($1 schemas)
-- A NULL list and one that spells out the default are the same. The owner is told as such, whoever it is; a
-- role that is really named so stands in quotes.
-- Those on a view's columns are told with the view, whose columns are no objects of their own.
WITH granted (kind, schema, relation, name, owner, acl, usual, view) AS (
    SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized_view' WHEN 'S' THEN 'sequence' ELSE 'table' END,
           n.nspname, NULL::name, c.relname, c.relowner, coalesce(c.relacl, acldefault('r', c.relowner)),
           acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner),
           CASE WHEN v.granted THEN c.oid END
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN LATERAL (SELECT EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL) AS granted) v
           ON c.relkind IN ('v', 'm')
    WHERE n.nspname = ANY ($1::name[]) AND c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
      AND (c.relacl IS NOT NULL OR v.granted)
    UNION ALL
    SELECT 'column', n.nspname, c.relname, a.attname, c.relowner, a.attacl, '{}'::aclitem[], NULL
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1::name[]) AND c.relkind IN ('r', 'p', 'f') AND NOT a.attisdropped AND a.attacl IS NOT NULL
