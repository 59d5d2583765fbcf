-- Is what makes the plugins' roles for heals the bootstrap superuser's, and as it is to be? ($1 its body)
SELECT
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
WHERE n.nspname OPERATOR(pg_catalog.=) 'tenon_cluster' AND p.proname OPERATOR(pg_catalog.=) 'plugin_role'
  AND p.proowner OPERATOR(pg_catalog.=) 10 AND n.nspowner OPERATOR(pg_catalog.=) 10 AND p.prosecdef
  AND p.prosrc OPERATOR(pg_catalog.=) $1
  AND pg_catalog.oidvectortypes(p.proargtypes) OPERATOR(pg_catalog.=) 'text, text, boolean, text[]'
