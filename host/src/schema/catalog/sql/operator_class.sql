-- For which types do the operator classes of these schemas stand? ($1 schemas)
SELECT n.nspname AS schema, NULL::name AS relation,
       c.opcname || ' USING ' || am.amname AS name,
       format_type(c.opcintype, NULL) AS data_type,
       c.opcdefault AS is_default,
       quote_ident(fn.nspname) || '.' || quote_ident(f.opfname) AS family,
       CASE WHEN c.opckeytype <> 0 THEN format_type(c.opckeytype, NULL) END AS storage,
       pg_get_userbyid(c.opcowner)::text AS owner
FROM pg_opclass c
JOIN pg_am am ON am.oid = c.opcmethod
JOIN pg_namespace n ON n.oid = c.opcnamespace
JOIN pg_opfamily f ON f.oid = c.opcfamily
JOIN pg_namespace fn ON fn.oid = f.opfnamespace
WHERE n.nspname = ANY ($1::name[])
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_opclass'::regclass AND d.objid = c.oid AND d.deptype = 'e')
