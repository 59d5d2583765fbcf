-- What of the server matters to a host, and what time is it there?
SELECT pg_catalog.current_setting('server_version') AS version,
       pg_catalog.pg_is_in_recovery() AS standby,
       pg_catalog.current_setting('max_connections')::pg_catalog.int4 AS max_connections,
       pg_catalog.current_setting('superuser_reserved_connections')::pg_catalog.int4
           OPERATOR(pg_catalog.+) coalesce(pg_catalog.current_setting('reserved_connections', true)::pg_catalog.int4, 0)
           AS reserved,
       -- Of others' sessions a role that may not read all statistics sees no more than these tell.
       (SELECT pg_catalog.sum(numbackends)::pg_catalog.int4 FROM pg_catalog.pg_stat_database) AS connections,
       (SELECT pg_catalog.count(*)::pg_catalog.int4
        FROM pg_catalog.pg_stat_activity
        WHERE datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
          AND pg_catalog.starts_with(application_name, 'tenon')) AS ours,
       pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int4 AS locks,
       pg_catalog.current_setting('fsync')::pg_catalog.bool AS fsync,
       pg_catalog.current_setting('full_page_writes')::pg_catalog.bool AS full_page_writes,
       pg_catalog.current_setting('default_transaction_read_only')::pg_catalog.bool AS read_only,
       (SELECT setting::pg_catalog.int4 FROM pg_catalog.pg_settings
        WHERE name OPERATOR(pg_catalog.=) 'idle_session_timeout') AS idle_ms,
       (SELECT setting::pg_catalog.int4 FROM pg_catalog.pg_settings
        WHERE name OPERATOR(pg_catalog.=) 'transaction_timeout') AS transaction_ms,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) AS clock
