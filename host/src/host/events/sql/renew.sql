-- Which of these leases go on? ($1 the words, $2 for how many seconds)
UPDATE tenon.event_listener SET leased_until = now() + $2 * interval '1 second' WHERE lease = ANY ($1::uuid[])
