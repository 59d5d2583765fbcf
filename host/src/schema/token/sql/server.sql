-- Which server is it, and has it a ledger? (Not by to_regclass, which under a lock may answer from a cache that
-- knows nothing yet of what was committed while it was waited for.)
SELECT current_setting('server_version') || CASE WHEN pg_is_in_recovery() THEN ' standby' ELSE '' END AS server,
       (SELECT count(*) = 2
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'tenon' AND c.relname IN ('migration', 'reading')) AS has_ledger
