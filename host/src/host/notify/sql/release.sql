-- Can another host deliver to this target now? ($1 target, $2 host)
UPDATE tenon.notification_target SET holder = NULL, leased_until = NULL WHERE name = $1 AND holder = $2
