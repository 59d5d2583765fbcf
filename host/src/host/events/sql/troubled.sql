-- Which deliveries failed, those that were given up first? ($1 how many)
SELECT e.id, d.plugin, d.name, d.key, e.at, d.attempts, d.retry_at, d.dead_at, d.code, d.message, e.payload
FROM tenon.event_delivery d JOIN tenon.event e ON e.number = d.number
WHERE d.attempts > 0
ORDER BY d.dead_at IS NULL, e.number LIMIT $1
