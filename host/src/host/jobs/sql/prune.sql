-- Which attempts of this job are too old to be kept? ($1 plugin, $2 name, $3 how many are)
DELETE FROM tenon.job_run r
WHERE r.plugin = $1 AND r.name = $2 AND r.state <> 'running'
  AND r.started_at < (SELECT k.started_at FROM tenon.job_run k WHERE k.plugin = $1 AND k.name = $2
                      ORDER BY k.started_at DESC OFFSET $3 - 1 LIMIT 1)
