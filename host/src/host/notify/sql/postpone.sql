-- Can what is due for a target wait, since nobody answers there? ($1 target, $2 for how many seconds)
UPDATE tenon.notification_delivery SET next_at = now() + $2 * interval '1 second' WHERE target = $1 AND next_at <= now()
