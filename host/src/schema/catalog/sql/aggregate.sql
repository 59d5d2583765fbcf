-- How do the aggregates of these schemas compute? ($1 schemas)
-- The definition names what CREATE AGGREGATE would: only what differs from its defaults.
SELECT n.nspname AS schema, NULL::name AS relation,
       p.proname || '(' || oidvectortypes(p.proargtypes) || ')' AS name,
       CASE a.aggkind WHEN 'n' THEN 'aggregate' WHEN 'o' THEN 'ordered-set aggregate'
                      ELSE 'hypothetical-set aggregate' END AS routine_kind,
       pg_get_function_arguments(p.oid) AS arguments,
       pg_get_function_result(p.oid) AS returns,
       CASE p.proparallel WHEN 'u' THEN 'UNSAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'SAFE' END AS parallel,
       concat_ws(', ',
           'SFUNC = ' || a.aggtransfn::text,
           'STYPE = ' || format_type(a.aggtranstype, NULL),
           'SSPACE = ' || NULLIF(a.aggtransspace, 0)::text,
           'FINALFUNC = ' || CASE WHEN a.aggfinalfn::oid <> 0 THEN a.aggfinalfn::text END,
           CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,
           'FINALFUNC_MODIFY = ' || CASE a.aggfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END,
           'COMBINEFUNC = ' || CASE WHEN a.aggcombinefn::oid <> 0 THEN a.aggcombinefn::text END,
           'SERIALFUNC = ' || CASE WHEN a.aggserialfn::oid <> 0 THEN a.aggserialfn::text END,
           'DESERIALFUNC = ' || CASE WHEN a.aggdeserialfn::oid <> 0 THEN a.aggdeserialfn::text END,
           'INITCOND = ' || quote_literal(a.agginitval),
           'MSFUNC = ' || CASE WHEN a.aggmtransfn::oid <> 0 THEN a.aggmtransfn::text END,
           'MINVFUNC = ' || CASE WHEN a.aggminvtransfn::oid <> 0 THEN a.aggminvtransfn::text END,
           'MSTYPE = ' || CASE WHEN a.aggmtranstype <> 0 THEN format_type(a.aggmtranstype, NULL) END,
           'MSSPACE = ' || NULLIF(a.aggmtransspace, 0)::text,
           'MFINALFUNC = ' || CASE WHEN a.aggmfinalfn::oid <> 0 THEN a.aggmfinalfn::text END,
           CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,
           'MFINALFUNC_MODIFY = ' || CASE WHEN a.aggmtransfn::oid <> 0 THEN
               CASE a.aggmfinalmodify WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE' ELSE 'READ_WRITE' END END,
           'MINITCOND = ' || quote_literal(a.aggminitval),
           'SORTOP = ' || CASE WHEN a.aggsortop <> 0 THEN a.aggsortop::regoperator::text END) AS definition,
       pg_get_userbyid(p.proowner)::text AS owner
FROM pg_aggregate a
JOIN pg_proc p ON p.oid = a.aggfnoid
JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = ANY ($1::name[])
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
