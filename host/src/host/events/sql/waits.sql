-- For how many seconds is there nothing to be delivered to each of these listeners? ($1 names, $2 plugins)
SELECT l.name, l.plugin, l.leased_until > now() IS TRUE AS is_leased,
       extract(epoch FROM CASE WHEN l.leased_until > now() THEN l.leased_until
                               WHEN EXISTS (SELECT FROM tenon.event_delivery d
                                            WHERE d.plugin = l.plugin AND d.name = l.name AND d.dead_at IS NULL
                                              AND d.retry_at IS NULL) THEN now()
                               ELSE (SELECT min(d.retry_at) FROM tenon.event_delivery d
                                     WHERE d.plugin = l.plugin AND d.name = l.name AND d.dead_at IS NULL
                                       AND d.retry_at IS NOT NULL) END - now())::float8 AS due_in
FROM unnest($1::text[], $2::text[]) AS mine (name, plugin)
JOIN tenon.event_listener l ON l.name = mine.name AND l.plugin = mine.plugin
