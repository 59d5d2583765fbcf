-- What do the functions and procedures of these schemas do, and with whose rights? ($1 schemas)
-- An empty list of names is kept as "" or as nothing; an empty text is kept as nothing.
-- prosrc is empty for a BEGIN ATOMIC body; the constructors of range types go with their types (deptype 'i').
SELECT n.nspname AS schema, NULL::name AS relation,
       p.proname || '(' || oidvectortypes(p.proargtypes) || ')' AS name,
       CASE p.prokind WHEN 'f' THEN 'function' WHEN 'w' THEN 'window function' ELSE 'procedure' END AS routine_kind,
       pg_get_function_arguments(p.oid) AS arguments,
       pg_get_function_result(p.oid) AS returns,
       l.lanname::text AS language,
       coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) AS body,
       p.probin AS library,
       CASE p.provolatile WHEN 'v' THEN 'VOLATILE' WHEN 's' THEN 'STABLE' ELSE 'IMMUTABLE' END AS volatility,
       CASE p.proparallel WHEN 'u' THEN 'UNSAFE' WHEN 'r' THEN 'RESTRICTED' ELSE 'SAFE' END AS parallel,
       p.proisstrict AS strict,
       p.prosecdef AS security_definer,
       p.proleakproof AS leakproof,
       p.procost::text AS cost,
       CASE WHEN p.proretset THEN p.prorows::text END AS rows,
       CASE WHEN p.prosupport::oid <> 0 THEN p.prosupport::text END AS support,
       CASE WHEN p.proconfig IS NOT NULL
            THEN ARRAY(SELECT CASE WHEN lower(setting) IN ('search_path=', 'temp_tablespaces=', 'session_preload_libraries=',
                                                           'shared_preload_libraries=', 'local_preload_libraries=')
                                   THEN setting || '""'
                                   -- Whether its names stand in quotes depends on the session that made the function.
                                   WHEN starts_with(setting, 'search_path=')
                                   THEN 'search_path='
                                        || (SELECT string_agg(quote_ident(CASE WHEN starts_with(part.name[1], '"')
                                                                               THEN replace(substr(part.name[1], 2, length(part.name[1]) - 2), '""', '"')
                                                                               ELSE part.name[1] END), ', ' ORDER BY part.place)
                                            FROM regexp_matches(substr(setting, length('search_path=') + 1),
                                                                '("(?:[^"]|"")*"|[^", ]+)', 'g') WITH ORDINALITY AS part (name, place))
                                   ELSE setting END
                       FROM unnest(p.proconfig) AS setting ORDER BY setting COLLATE "C") END AS settings,
       CASE WHEN p.protrftypes IS NOT NULL
            THEN ARRAY(SELECT format_type(t, NULL) FROM unnest(p.protrftypes) AS t) END AS transforms,
       pg_get_userbyid(p.proowner)::text AS owner
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
WHERE n.nspname = ANY ($1::name[])
  AND p.prokind IN ('f', 'w', 'p')
  AND NOT EXISTS (SELECT FROM pg_depend d
                  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype IN ('e', 'i'))
