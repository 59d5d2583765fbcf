-- The jobs, each with the attempt that runs and the last one that has ended
-- Late is what has been due for some time, and no host has begun.
SELECT j.plugin, j.name, j.schedule, j.paused, j.attempt, j.tick_at IS NOT NULL AS is_open,
       CASE WHEN j.tick_at IS NOT NULL THEN j.retry_at ELSE least(j.asked_at, j.next_at) END AS next_at,
       extract(epoch FROM now() - CASE WHEN j.run IS NOT NULL THEN CASE WHEN l.run IS NULL THEN j.tick_at END
                                       WHEN j.tick_at IS NOT NULL THEN j.retry_at
                                       ELSE least(j.asked_at, j.next_at) END)::float8 AS late,
       l.run IS NOT NULL AS runs,
       e.id, e.cause, e.scheduled_at, e.attempt AS number, e.host, e.state, e.started_at, e.ended_at, e.code, e.message,
       r.id AS r_id, r.cause AS r_cause, r.scheduled_at AS r_scheduled_at, r.attempt AS r_number, r.host AS r_host,
       r.started_at AS r_started_at
FROM tenon.job j
LEFT JOIN tenon.job_lease l ON l.run = j.run AND l.until > now()
LEFT JOIN tenon.job_run r ON r.id = l.run AND r.state = 'running'
LEFT JOIN LATERAL (
    SELECT * FROM tenon.job_run k
    WHERE k.plugin = j.plugin AND k.name = j.name AND k.state <> 'running'
    ORDER BY k.started_at DESC LIMIT 1
) e ON true
ORDER BY j.plugin COLLATE "C", j.name COLLATE "C"
