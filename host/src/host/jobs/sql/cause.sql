-- Why was there a first attempt for this time? ($1 plugin, $2 name, $3 time)
SELECT cause FROM tenon.job_run WHERE plugin = $1 AND name = $2 AND scheduled_at = $3 ORDER BY started_at LIMIT 1
