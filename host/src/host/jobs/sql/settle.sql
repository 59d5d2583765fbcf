-- Was this attempt this host's to the end, and not committed? ($1 its id, $2 the word of its lease, $3 failed or lost, $4 in
-- how many seconds it is tried again, if it is; $5 code, $6 message)
WITH mine AS (
    UPDATE tenon.job SET run = NULL, lease = NULL, retry_at = now() + $4 * interval '1 second',
                         tick_at = CASE WHEN $4 IS NOT NULL THEN tick_at END,
                         attempt = CASE WHEN $4 IS NOT NULL THEN attempt ELSE 0 END
    WHERE run = $1 AND lease = $2
    RETURNING run
),
ended AS (
    UPDATE tenon.job_run SET state = $3, ended_at = clock_timestamp(), code = $5, message = $6
    WHERE id = $1 AND state = 'running'
),
free AS (
    DELETE FROM tenon.job_lease WHERE run = $1
)
SELECT count(*) > 0 AS mine FROM mine
