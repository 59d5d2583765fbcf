-- Which deliveries are tried again at once? ($1 the id of one event, or all that failed)
UPDATE tenon.event_delivery d SET retry_at = NULL, dead_at = NULL, attempts = 0
FROM tenon.event e
WHERE e.number = d.number AND d.attempts > 0 AND ($1::uuid IS NULL OR e.id = $1)
