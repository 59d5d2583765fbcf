-- How do rules rewrite statements on these schemas' relations? ($1 schemas)
-- The rule _RETURN of a view is its query.
SELECT n.nspname AS schema, c.relname AS relation, r.rulename AS name,
       pg_get_ruledef(r.oid) AS definition,
       CASE r.ev_enabled WHEN 'O' THEN 'ENABLE' WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                         ELSE 'ENABLE ALWAYS' END AS enabled
FROM pg_rewrite r
JOIN pg_class c ON c.oid = r.ev_class
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY ($1::name[])
  AND r.rulename <> '_RETURN'
