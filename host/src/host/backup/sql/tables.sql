-- Which tables have rows of their own that a dump has? Not those that an extension brings.
SELECT pg_catalog.quote_ident(n.nspname) OPERATOR(pg_catalog.||) '.' OPERATOR(pg_catalog.||) pg_catalog.quote_ident(c.relname)
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE c.relkind OPERATOR(pg_catalog.=) 'r'
  AND c.relpersistence OPERATOR(pg_catalog.<>) 't'
  AND NOT pg_catalog.starts_with(n.nspname, 'pg_')
  AND n.nspname OPERATOR(pg_catalog.<>) ALL (ARRAY['information_schema', 'tenon_cluster']::pg_catalog.name[])
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                  WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass
                    AND d.objid OPERATOR(pg_catalog.=) c.oid AND d.deptype OPERATOR(pg_catalog.=) 'e')
ORDER BY 1
