-- To which of these listeners may this host deliver now? ($1 names, $2 plugins, in the order of their turns; $3 the word of
-- the lease, $4 for how many seconds, $5 to how many; $6 and $7 the keys of the heal's lock: while a heal runs to none)
WITH free AS (
    SELECT l.name, l.plugin
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS mine (name, plugin, turn)
    JOIN tenon.event_listener l ON l.name = mine.name AND l.plugin = mine.plugin
    WHERE (l.leased_until IS NULL OR l.leased_until <= now())
      AND EXISTS (SELECT FROM tenon.event_delivery d
                  WHERE d.plugin = l.plugin AND d.name = l.name AND d.dead_at IS NULL
                    AND (d.retry_at IS NULL OR d.retry_at <= now())
                    AND NOT EXISTS (SELECT FROM tenon.event_delivery w
                                    WHERE w.plugin = d.plugin AND w.name = d.name AND w.key = d.key
                                      AND w.number < d.number AND w.dead_at IS NULL AND w.retry_at > now()))
      AND NOT EXISTS (SELECT FROM pg_locks h
                      WHERE h.locktype = 'advisory' AND h.granted
                        AND h.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                        AND h.classid::bigint = $6::bigint AND h.objid::bigint = $7::bigint AND h.objsubid = 2)
    ORDER BY mine.turn
    LIMIT $5
    FOR UPDATE OF l SKIP LOCKED
)
UPDATE tenon.event_listener l SET lease = $3, leased_until = now() + $4 * interval '1 second'
FROM free WHERE l.name = free.name AND l.plugin = free.plugin
RETURNING l.name, l.plugin
