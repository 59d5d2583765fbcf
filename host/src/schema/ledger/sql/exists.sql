-- Which of the host's own tables are there, and which server is this?
-- Asked of the catalog itself: a session that looked before another one made them remembers, by name, that they
-- are not there (to_regclass), until something else makes it look again.
SELECT current_setting('server_version') AS server_version,
       current_setting('server_version_num')::int / 10000 AS server_major,
       pg_is_in_recovery() AS standby,
       coalesce(bool_or(c.relname = 'migration'), false) AS migration,
       coalesce(bool_or(c.relname = 'reading'), false) AS reading,
       coalesce(bool_or(c.relname = 'audit'), false) AS audit
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'tenon'
