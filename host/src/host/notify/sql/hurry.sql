-- Can all that waits for a target be tried at once, since the target may take it again? ($1 target)
UPDATE tenon.notification_delivery SET next_at = now() WHERE target = $1 AND next_at > now()
