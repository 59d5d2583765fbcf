-- Can it be kept how an attempt ended? ($1 the message's id, $2 target, $3 why it failed, $4 after how many seconds it
-- is tried again)
UPDATE tenon.notification_delivery d
SET attempts = attempts + 1, error = $3, next_at = now() + $4 * interval '1 second',
    delivered_at = CASE WHEN $3::text IS NULL THEN now() END
FROM tenon.notification n
WHERE n.id = $1 AND d.number = n.number AND d.target = $2 AND d.delivered_at IS NULL
