-- Who holds the heal's lock, since when, and in which transaction? ($1, $2 the lock's keys)
-- The name of a session and the ids of transactions are for everybody to see; since when, for members of the role.
SELECT a.application_name, a.pid, (extract(epoch FROM a.xact_start) * 1000000)::bigint AS since,
       (SELECT t.transactionid::text FROM pg_locks t
        WHERE t.pid = l.pid AND t.locktype = 'transactionid' AND t.granted AND t.mode = 'ExclusiveLock'
        ORDER BY age(t.transactionid) DESC LIMIT 1) AS xid
FROM pg_locks l
JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.classid::bigint = $1::bigint AND l.objid::bigint = $2::bigint AND l.objsubid = 2
