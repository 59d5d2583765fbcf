-- Which operators and functions make up the operator families of these schemas? ($1 schemas)
SELECT n.nspname AS schema, NULL::name AS relation,
       f.opfname || ' USING ' || am.amname AS name,
       ARRAY(SELECT 'OPERATOR ' || o.amopstrategy::text || ' ' || o.amopopr::regoperator::text
                    || CASE WHEN o.amoppurpose = 'o' THEN ' FOR ORDER BY ' || quote_ident(sn.nspname) || '.' || quote_ident(sf.opfname)
                            ELSE '' END
             FROM pg_amop o
             LEFT JOIN pg_opfamily sf ON sf.oid = o.amopsortfamily
             LEFT JOIN pg_namespace sn ON sn.oid = sf.opfnamespace
             WHERE o.amopfamily = f.oid
             UNION ALL
             SELECT 'FUNCTION ' || a.amprocnum::text || ' (' || format_type(a.amproclefttype, NULL) || ', '
                    || format_type(a.amprocrighttype, NULL) || ') ' || a.amproc::oid::regprocedure::text
             FROM pg_amproc a WHERE a.amprocfamily = f.oid
             ORDER BY 1) AS members,
       pg_get_userbyid(f.opfowner)::text AS owner
FROM pg_opfamily f
JOIN pg_am am ON am.oid = f.opfmethod
JOIN pg_namespace n ON n.oid = f.opfnamespace
WHERE n.nspname = ANY ($1::name[])
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_opfamily'::regclass AND d.objid = f.oid AND d.deptype = 'e')
