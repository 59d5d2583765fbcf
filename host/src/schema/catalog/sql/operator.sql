-- What do the operators of these schemas call? ($1 schemas)
SELECT n.nspname AS schema, NULL::name AS relation,
       o.oprname || '(' || CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) ELSE 'NONE' END
                 || ', ' || format_type(o.oprright, NULL) || ')' AS name,
       o.oprcode::oid::regprocedure::text AS function,
       CASE WHEN o.oprcom <> 0 THEN o.oprcom::regoperator::text END AS commutator,
       CASE WHEN o.oprnegate <> 0 THEN o.oprnegate::regoperator::text END AS negator,
       CASE WHEN o.oprrest::oid <> 0 THEN o.oprrest::text END AS restrict,
       CASE WHEN o.oprjoin::oid <> 0 THEN o.oprjoin::text END AS join,
       o.oprcanhash AS hashes,
       o.oprcanmerge AS merges,
       pg_get_userbyid(o.oprowner)::text AS owner
FROM pg_operator o
JOIN pg_namespace n ON n.oid = o.oprnamespace
WHERE n.nspname = ANY ($1::name[])
  AND o.oprcode::oid <> 0
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_operator'::regclass AND d.objid = o.oid AND d.deptype = 'e')
