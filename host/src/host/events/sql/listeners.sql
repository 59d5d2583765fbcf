-- Who hears which event, and how much waits for them or was given up?
SELECT l.name, l.plugin, l.declared_at,
       count(d.number) FILTER (WHERE d.dead_at IS NULL) AS pending,
       count(d.number) FILTER (WHERE d.dead_at IS NOT NULL) AS dead,
       min(e.at) FILTER (WHERE d.dead_at IS NULL) AS oldest,
       extract(epoch FROM now() - min(e.at) FILTER (WHERE d.dead_at IS NULL))::float8 AS waits,
       extract(epoch FROM now() - l.declared_at)::float8 AS silent
FROM tenon.event_listener l
LEFT JOIN tenon.event_delivery d ON d.plugin = l.plugin AND d.name = l.name
LEFT JOIN tenon.event e ON e.number = d.number
GROUP BY l.name, l.plugin, l.declared_at ORDER BY l.name COLLATE "C", l.plugin COLLATE "C"
