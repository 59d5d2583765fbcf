-- What is a target told next? ($1 target, $2 after which message)
SELECT n.number, n.id, n.at, n.body, d.attempts
FROM tenon.notification_delivery d
JOIN tenon.notification n ON n.number = d.number
WHERE d.target = $1 AND d.next_at <= now() AND d.number > $2
ORDER BY d.number
LIMIT 1
