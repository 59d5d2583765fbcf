-- How many locks has the server room for, and how many do others hold?
SELECT current_setting('max_locks_per_transaction')::pg_catalog.int8 AS max_locks_per_transaction,
       current_setting('max_connections')::pg_catalog.int8 AS max_connections,
       current_setting('max_prepared_transactions')::pg_catalog.int8 AS max_prepared_transactions,
       (SELECT count(DISTINCT (locktype, database, relation, page, tuple, virtualxid, transactionid::text, classid,
                               objid, objsubid))
        FROM pg_catalog.pg_locks
        WHERE NOT fastpath AND pid IS DISTINCT FROM pg_catalog.pg_backend_pid()) AS in_use
