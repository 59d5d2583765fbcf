-- Is there this job, and how is it? ($1 plugin, $2 name)
SELECT j.paused, EXISTS (SELECT FROM tenon.job_lease l WHERE l.run = j.run AND l.until > now()) AS runs
FROM tenon.job j WHERE j.plugin = $1 AND j.name = $2 FOR UPDATE OF j
