-- Can other hosts make anew the attempts that end with this one? ($1 their ids, $2 in how many seconds)
WITH mine AS (
    UPDATE tenon.job SET run = NULL, lease = NULL, retry_at = now() + $2 * interval '1 second' WHERE run = ANY ($1::uuid[])
),
free AS (
    DELETE FROM tenon.job_lease WHERE run = ANY ($1::uuid[])
)
UPDATE tenon.job_run SET state = 'lost', ended_at = clock_timestamp(), code = 'stopped', message = 'the host stopped'
WHERE id = ANY ($1::uuid[]) AND state = 'running'
