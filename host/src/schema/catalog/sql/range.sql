-- What do the range types of these schemas range over? ($1 schemas)
SELECT n.nspname AS schema, NULL::name AS relation, t.typname AS name,
       format_type(r.rngsubtype, NULL) AS subtype,
       quote_ident(mn.nspname) || '.' || quote_ident(m.typname) AS multirange,
       quote_ident(ocn.nspname) || '.' || quote_ident(oc.opcname) AS operator_class,
       quote_ident(cn.nspname) || '.' || quote_ident(co.collname) AS collation,
       CASE WHEN r.rngcanonical::oid <> 0 THEN r.rngcanonical::text END AS canonical,
       CASE WHEN r.rngsubdiff::oid <> 0 THEN r.rngsubdiff::text END AS subtype_diff,
       pg_get_userbyid(t.typowner)::text AS owner
FROM pg_range r
JOIN pg_type t ON t.oid = r.rngtypid
JOIN pg_namespace n ON n.oid = t.typnamespace
JOIN pg_type m ON m.oid = r.rngmultitypid
JOIN pg_namespace mn ON mn.oid = m.typnamespace
JOIN pg_opclass oc ON oc.oid = r.rngsubopc
JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace
LEFT JOIN pg_collation co ON co.oid = r.rngcollation
LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
WHERE n.nspname = ANY ($1::name[])
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
