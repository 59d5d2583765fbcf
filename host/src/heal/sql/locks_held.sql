-- Which relations of this database has this transaction locked, and how; and how many entries of the server's
-- table of locks does all that it holds take? Locks for reading alone are counted and not listed.
WITH held AS MATERIALIZED (
    SELECT * FROM pg_catalog.pg_locks WHERE pid = pg_catalog.pg_backend_pid() AND granted
), relations AS (
    SELECT relation, mode FROM held
    WHERE locktype = 'relation' AND mode <> 'AccessShareLock'
      AND database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
)
SELECT pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) AS at,
       (SELECT pg_catalog.count(DISTINCT (locktype, database, relation, page, tuple, virtualxid, transactionid::text,
                                          classid, objid, objsubid))
        FROM held WHERE NOT fastpath) AS entries,
       ARRAY(SELECT relation FROM relations ORDER BY relation, mode) AS relations,
       ARRAY(SELECT mode FROM relations ORDER BY relation, mode) AS modes
