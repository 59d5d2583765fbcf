-- This attempt was none: nothing of the job has run ($1 its id, $2 the word of its lease, $3 in how many seconds a host tries
-- again)
WITH mine AS (
    UPDATE tenon.job SET run = NULL, lease = NULL, attempt = attempt - 1, retry_at = now() + $3 * interval '1 second'
    WHERE run = $1 AND lease = $2
),
free AS (
    DELETE FROM tenon.job_lease WHERE run = $1
)
DELETE FROM tenon.job_run WHERE id = $1 AND state = 'running'
