-- Does this session's role have the plugins' roles made by the function that the managed database's bootstrap superuser made
-- for that? One of somebody else's would be handed what the server keeps of passwords.
SELECT
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
WHERE n.nspname OPERATOR(pg_catalog.=) 'tenon_cluster' AND p.proname OPERATOR(pg_catalog.=) 'plugin_role'
  AND n.nspowner OPERATOR(pg_catalog.=) 10 AND p.proowner OPERATOR(pg_catalog.=) 10 AND p.prosecdef
  AND pg_catalog.oidvectortypes(p.proargtypes) OPERATOR(pg_catalog.=) 'text, text, boolean, text[]'
  AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_function_privilege(p.oid, 'EXECUTE')
