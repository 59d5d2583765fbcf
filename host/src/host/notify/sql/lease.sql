-- May this host deliver to this target, and from which message on? ($1 target, $2 host, $3 for how many seconds)
INSERT INTO tenon.notification_target AS t (name, number, holder, leased_until)
SELECT $1, c.number, $2, now() + $3 * interval '1 second' FROM tenon.notification_cursor c
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, leased_until = excluded.leased_until
WHERE t.holder IS NULL OR t.holder = $2 OR t.leased_until < now()
RETURNING number
