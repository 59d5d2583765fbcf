-- Can other hosts deliver to the targets of this one? ($1 host)
UPDATE tenon.notification_target SET holder = NULL, leased_until = NULL WHERE holder = $1
