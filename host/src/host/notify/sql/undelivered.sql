-- Which messages has a target not taken? ($1 the targets, $2 how many of the latest)
SELECT d.target, n.id, n.at, n.body, d.attempts, d.next_at, d.error
FROM tenon.notification_delivery d
JOIN tenon.notification n ON n.number = d.number
WHERE d.target = ANY ($1) AND d.delivered_at IS NULL
ORDER BY d.number DESC, d.target
LIMIT $2
