-- May other hosts deliver to this listener? ($1 plugin, $2 name, $3 the word of the lease)
UPDATE tenon.event_listener SET lease = NULL, leased_until = NULL WHERE plugin = $1 AND name = $2 AND lease = $3
