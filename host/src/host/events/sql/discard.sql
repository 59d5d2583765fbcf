-- Which deliveries are done with? ($1 the id of one event; what was given up of it)
DELETE FROM tenon.event_delivery d USING tenon.event e
WHERE e.number = d.number AND d.dead_at IS NOT NULL AND e.id = $1
