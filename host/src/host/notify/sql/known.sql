-- Can it be kept that a target knows all messages there are? ($1 target)
UPDATE tenon.notification_target
SET number = greatest(number, (SELECT max(n.number) FROM tenon.notification n))
WHERE name = $1
