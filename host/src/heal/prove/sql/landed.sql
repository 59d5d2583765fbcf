-- How many objects are there, but for those of extensions, in the schemas of the search path?
SELECT pg_catalog.count(*)
FROM pg_catalog.pg_depend d
WHERE d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_namespace'::pg_catalog.regclass
  AND d.refobjid OPERATOR(pg_catalog.=) ANY (
      SELECT n.oid FROM pg_catalog.pg_namespace n
      WHERE n.nspname OPERATOR(pg_catalog.=) ANY (pg_catalog.current_schemas(false)))
  AND d.classid OPERATOR(pg_catalog.<>) 'pg_catalog.pg_extension'::pg_catalog.regclass
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                  WHERE e.classid OPERATOR(pg_catalog.=) d.classid AND e.objid OPERATOR(pg_catalog.=) d.objid
                    AND e.deptype OPERATOR(pg_catalog.=) 'e')
