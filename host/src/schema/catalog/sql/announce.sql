-- What stands in these schemas that is of a kind not compared? ($1 schemas)
SELECT o.kind, array_agg(quote_ident(n.nspname) || '.' || quote_ident(o.name) ORDER BY n.nspname, o.name) AS names
FROM (
    SELECT 'base type' AS kind, t.typnamespace AS namespace, t.typname AS name
    FROM pg_type t
    WHERE t.typtype IN ('b', 'p') AND NOT (t.typcategory = 'A' AND t.typelem <> 0)
      AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i'))
    UNION ALL
    SELECT 'conversion', c.connamespace, c.conname
    FROM pg_conversion c
    WHERE NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_conversion'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'i'))
    UNION ALL
    SELECT 'text search parser', p.prsnamespace, p.prsname
    FROM pg_ts_parser p
    WHERE NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_ts_parser'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
    UNION ALL
    SELECT 'text search template', t.tmplnamespace, t.tmplname
    FROM pg_ts_template t
    WHERE NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_ts_template'::regclass AND d.objid = t.oid AND d.deptype IN ('e', 'i'))
    UNION ALL
    SELECT 'transform', t.typnamespace, t.typname
    FROM pg_transform f
    JOIN pg_type t ON t.oid = f.trftype
    WHERE NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_transform'::regclass AND d.objid = f.oid AND d.deptype IN ('e', 'i'))
    UNION ALL
    SELECT 'security label', c.relnamespace, c.relname
    FROM pg_seclabel l
    JOIN pg_class c ON c.oid = l.objoid
    WHERE l.classoid = 'pg_class'::regclass
    UNION ALL
    SELECT 'shell operator', p.oprnamespace, p.oprname
    FROM pg_operator p
    WHERE p.oprcode::oid = 0
) o
JOIN pg_namespace n ON n.oid = o.namespace
WHERE n.nspname = ANY ($1::name[])
GROUP BY o.kind
UNION ALL
-- It stands in no schema, and writes to tables of any.
SELECT 'subscription', array_agg(quote_ident(s.subname) ORDER BY s.subname)
FROM pg_subscription s
WHERE s.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())
HAVING count(*) > 0
ORDER BY kind
