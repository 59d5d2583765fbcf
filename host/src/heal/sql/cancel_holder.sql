-- Can the statement of the session be cancelled that holds the lock of heals, if it is this heal's?
-- ($1 and $2 the lock, $3 the end of the heal's id, which ends the session's name)
SELECT pg_catalog.pg_cancel_backend(a.pid) AS cancelled
FROM pg_catalog.pg_locks l
JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) l.pid
WHERE l.locktype OPERATOR(pg_catalog.=) 'advisory' AND l.granted
  AND l.database OPERATOR(pg_catalog.=) (SELECT d.oid FROM pg_catalog.pg_database d
                                         WHERE d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database())
  AND l.classid OPERATOR(pg_catalog.=) $1::pg_catalog.oid AND l.objid OPERATOR(pg_catalog.=) $2::pg_catalog.oid
  AND l.objsubid OPERATOR(pg_catalog.=) 2
  AND pg_catalog.right(a.application_name, pg_catalog.length($3) OPERATOR(pg_catalog.+) 2)
      OPERATOR(pg_catalog.=) pg_catalog.format('(%s)', $3)
