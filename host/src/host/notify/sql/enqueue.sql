-- Which messages are new to this target? ($1 target, $2 the last one it knows, $3 what it is told of)
INSERT INTO tenon.notification_delivery (number, target, next_at)
SELECT n.number, $1, now() FROM tenon.notification n WHERE n.number > $2 AND n.event = ANY ($3)
ON CONFLICT DO NOTHING
