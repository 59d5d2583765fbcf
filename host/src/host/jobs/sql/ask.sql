-- Is this job run at once? ($1 plugin, $2 name)
UPDATE tenon.job SET asked_at = now(), tick_at = NULL, attempt = 0, retry_at = NULL, run = NULL, lease = NULL
WHERE plugin = $1 AND name = $2
