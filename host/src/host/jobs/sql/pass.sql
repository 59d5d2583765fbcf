-- Nothing is run for what has come of this job ($1 plugin, $2 name, $3 the next time of its schedule)
UPDATE tenon.job SET next_at = $3, tick_at = NULL, attempt = 0, retry_at = NULL, run = NULL, lease = NULL
WHERE plugin = $1 AND name = $2
