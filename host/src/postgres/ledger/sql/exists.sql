-- Which of the host's own tables are there, and which server is this?
SELECT current_setting('server_version') AS server_version,
       current_setting('server_version_num')::int / 10000 AS server_major,
       pg_is_in_recovery() AS standby,
       to_regclass('tenon.migration') IS NOT NULL AS migration,
       to_regclass('tenon.reading') IS NOT NULL AS reading,
       to_regclass('tenon.audit') IS NOT NULL AS audit
