-- Can what these targets have not taken be tried at once, also what was given up? ($1 the targets)
UPDATE tenon.notification_delivery SET next_at = now() WHERE target = ANY ($1) AND delivered_at IS NULL
