-- What is to be delivered next to this listener? ($1 plugin, $2 name, $3 how many, $4 the word of the lease; $5 and $6 the keys
-- of the heal's lock: while a heal runs nothing)
-- What waits to be tried again holds up what follows it under the same key.
SELECT d.number, e.id, e.key, e.at, e.payload, d.attempts, extract(epoch FROM clock_timestamp() - e.at)::float8 AS age
FROM tenon.event_delivery d JOIN tenon.event e ON e.number = d.number
WHERE d.plugin = $1 AND d.name = $2 AND d.dead_at IS NULL AND (d.retry_at IS NULL OR d.retry_at <= now())
  AND NOT EXISTS (SELECT FROM tenon.event_delivery w
                  WHERE w.plugin = d.plugin AND w.name = d.name AND w.key = d.key AND w.number < d.number
                    AND w.dead_at IS NULL AND w.retry_at > now())
  AND EXISTS (SELECT FROM tenon.event_listener l WHERE l.plugin = $1 AND l.name = $2 AND l.lease = $4)
  AND NOT EXISTS (SELECT FROM pg_locks h
                  WHERE h.locktype = 'advisory' AND h.granted
                    AND h.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND h.classid::bigint = $5::bigint AND h.objid::bigint = $6::bigint AND h.objsubid = 2)
ORDER BY d.number LIMIT $3
