-- Which casts are there from, or else to, the types of these schemas, or else by their functions? ($1 schemas)
-- A cast stands in no schema: it is told under that of the first of these that is not PostgreSQL's own. Those that
-- were added between PostgreSQL's own types are everybody's.
SELECT CASE WHEN sn.nspname <> 'pg_catalog' THEN sn.nspname
            WHEN tn.nspname <> 'pg_catalog' THEN tn.nspname ELSE coalesce(fn.nspname, 'pg_catalog') END AS schema,
       NULL::name AS relation,
       format_type(c.castsource, NULL) || ' AS ' || format_type(c.casttarget, NULL) AS name,
       CASE c.castmethod WHEN 'f' THEN 'function' WHEN 'i' THEN 'inout' ELSE 'binary' END AS method,
       CASE WHEN c.castfunc <> 0 THEN c.castfunc::regprocedure::text END AS function,
       CASE c.castcontext WHEN 'e' THEN 'explicit' WHEN 'a' THEN 'assignment' ELSE 'implicit' END AS context
FROM pg_cast c
JOIN pg_type s ON s.oid = c.castsource
JOIN pg_namespace sn ON sn.oid = s.typnamespace
JOIN pg_type t ON t.oid = c.casttarget
JOIN pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_proc f ON f.oid = c.castfunc
LEFT JOIN pg_namespace fn ON fn.oid = f.pronamespace
WHERE CASE WHEN sn.nspname <> 'pg_catalog' THEN sn.nspname
           WHEN tn.nspname <> 'pg_catalog' THEN tn.nspname ELSE coalesce(fn.nspname, 'pg_catalog') END = ANY ($1::name[] || 'pg_catalog'::name)
  AND c.oid >= 16384
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype IN ('e', 'i'))
