-- Is this attempt this host's? ($1 plugin, $2 name, $3 the next time of the schedule, $4 whether somebody asked, $5 the time
-- it is for, $6 which attempt, $7 its id, $8 the word of its lease, $9 for how many seconds, $10 cause, $11 host)
WITH begun AS (
    UPDATE tenon.job SET next_at = $3, asked_at = CASE WHEN $4 THEN NULL ELSE asked_at END, tick_at = $5, attempt = $6,
                         retry_at = NULL, run = $7, lease = $8
    WHERE plugin = $1 AND name = $2
),
leased AS (
    INSERT INTO tenon.job_lease (run, until) VALUES ($7, clock_timestamp() + $9 * interval '1 second')
)
INSERT INTO tenon.job_run (id, plugin, name, cause, scheduled_at, attempt, host, state, started_at)
VALUES ($7, $1, $2, $10, $5, $6, $11, 'running', clock_timestamp())
