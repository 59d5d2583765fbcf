-- What are the things called that extensions bring, and with which SQLSTATE does PostgreSQL miss them?
SELECT DISTINCT coalesce(t.typname, p.proname, c.relname, o.oprname, k.opcname)::pg_catalog.text AS name,
       CASE WHEN c.relname IS NOT NULL THEN '42P01'
            WHEN coalesce(p.proname, o.oprname) IS NOT NULL THEN '42883'
            ELSE '42704' END AS sqlstate
FROM pg_catalog.pg_depend d
LEFT JOIN pg_catalog.pg_type t
       ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid OPERATOR(pg_catalog.=) d.objid
LEFT JOIN pg_catalog.pg_proc p
       ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid OPERATOR(pg_catalog.=) d.objid
LEFT JOIN pg_catalog.pg_class c
       ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid OPERATOR(pg_catalog.=) d.objid
LEFT JOIN pg_catalog.pg_operator o
       ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_operator'::pg_catalog.regclass AND o.oid OPERATOR(pg_catalog.=) d.objid
LEFT JOIN pg_catalog.pg_opclass k
       ON d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_opclass'::pg_catalog.regclass AND k.oid OPERATOR(pg_catalog.=) d.objid
JOIN pg_catalog.pg_extension x ON x.oid OPERATOR(pg_catalog.=) d.refobjid
WHERE d.deptype OPERATOR(pg_catalog.=) 'e' AND x.extname OPERATOR(pg_catalog.<>) 'plpgsql'
  AND coalesce(t.typname, p.proname, c.relname, o.oprname, k.opcname) IS NOT NULL
