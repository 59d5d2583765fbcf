-- This attempt's host has died, or lost the database ($1 its id)
WITH gone AS (
    DELETE FROM tenon.job_lease WHERE run = $1
)
UPDATE tenon.job_run SET state = 'lost', ended_at = now() WHERE id = $1 AND state = 'running'
