-- These attempts are under way ($1 their ids, $2 for how many seconds they are kept)
UPDATE tenon.job_lease SET until = clock_timestamp() + $2 * interval '1 second' WHERE run = ANY ($1::uuid[])
