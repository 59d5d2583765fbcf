-- Which base tables stand in these schemas? ($1 schemas)
SELECT n.nspname AS schema, NULL::name AS relation, c.relname AS name,
       CASE c.relkind WHEN 'r' THEN 'table' ELSE 'partitioned table' END AS relation_kind,
       CASE c.relpersistence WHEN 'p' THEN 'permanent' WHEN 'u' THEN 'unlogged' ELSE 'temporary' END AS persistence
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::name[])
  AND c.relkind IN ('r', 'p')
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
