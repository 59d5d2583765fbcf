-- Which hosts serve this database? Those that began first come first.
SELECT h.id, h.name, h.version, h.url, h.started_at, h.last_seen, h.plugins, h.verdict, h.checked_at, h.token,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - h.last_seen) AS silent_for,
       pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - h.read_at) AS read_ago
FROM tenon.host h
ORDER BY h.started_at, h.id
