-- Is this job not run any more by itself, or is it again? ($1 plugin, $2 name, $3 whether it is paused)
UPDATE tenon.job SET paused = $3 WHERE plugin = $1 AND name = $2
