-- This delivery failed ($1 plugin, $2 name, $3 number, $4 in how many seconds it is tried again, if it is; $5 code, $6 message,
-- $7 the word of the lease: another host's deliveries are not ours to settle)
UPDATE tenon.event_delivery d
SET attempts = d.attempts + 1, retry_at = now() + $4 * interval '1 second',
    dead_at = CASE WHEN $4::float8 IS NULL THEN now() END, code = $5, message = $6
FROM tenon.event_listener l
WHERE d.plugin = $1 AND d.name = $2 AND d.number = $3 AND l.plugin = $1 AND l.name = $2 AND l.lease = $7
