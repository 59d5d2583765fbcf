-- Can it be known that this host serves? ($1 id, $2 name, $3 version, $4 address, $5 plugins, $6 verdict, $7 seconds
-- since its check, $8 seconds since it read the catalog itself, $9 token of what it read)
INSERT INTO tenon.host AS h (id, name, version, url, started_at, last_seen, plugins, verdict, checked_at, read_at, token)
SELECT $1, $2, $3, $4, now.now, now.now, $5, $6, now.now - pg_catalog.make_interval(secs => $7),
       now.now - pg_catalog.make_interval(secs => $8), $9
FROM pg_catalog.clock_timestamp() AS now (now)
ON CONFLICT (id) DO UPDATE SET last_seen = excluded.last_seen, verdict = excluded.verdict,
                               checked_at = excluded.checked_at, read_at = excluded.read_at, token = excluded.token
