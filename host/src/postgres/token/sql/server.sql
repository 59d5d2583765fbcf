-- Which server is it, and has it a ledger?
SELECT current_setting('server_version') || CASE WHEN pg_is_in_recovery() THEN ' standby' ELSE '' END AS server,
       to_regclass('tenon.migration') IS NOT NULL AND to_regclass('tenon.reading') IS NOT NULL AS has_ledger
