-- Which routines of these schemas go when an extension does (DEPENDS ON EXTENSION)? ($1 schemas)
SELECT CASE p.prokind WHEN 'a' THEN 'aggregate' ELSE 'function' END AS kind, n.nspname AS schema, NULL::name AS relation,
       p.proname::text || '(' || oidvectortypes(p.proargtypes) || ')' AS name, array_agg(e.extname::text) AS depends_on
FROM pg_depend d
JOIN pg_extension e ON e.oid = d.refobjid
JOIN pg_proc p ON p.oid = d.objid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE d.classid = 'pg_proc'::regclass AND d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'
  AND n.nspname = ANY ($1::name[])
GROUP BY p.oid, p.prokind, n.nspname, p.proname, p.proargtypes
