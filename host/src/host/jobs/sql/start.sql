-- Which jobs are due because a host has started? ($1 plugins, $2 names, $3 for how many seconds one start stands for all)
UPDATE tenon.job AS j SET next_at = now()
FROM unnest($1::text[], $2::text[]) AS d (plugin, name)
WHERE j.plugin = d.plugin AND j.name = d.name AND j.next_at IS NULL AND j.tick_at IS NULL AND j.run IS NULL
  AND NOT EXISTS (SELECT FROM tenon.job_run r
                  WHERE r.plugin = j.plugin AND r.name = j.name AND r.cause = 'start'
                    AND r.started_at > now() - $3 * interval '1 second')
