-- The latest attempts, of a plugin and of a job of it if these are named ($1, $2; $3 how many)
SELECT r.id, r.plugin, r.name, r.cause, r.scheduled_at, r.attempt AS number, r.host, r.state, r.started_at, r.ended_at,
       r.code, r.message
FROM tenon.job_run r
WHERE ($1::text IS NULL OR r.plugin = $1) AND ($2::text IS NULL OR r.name = $2)
ORDER BY r.started_at DESC, r.id DESC LIMIT $3
