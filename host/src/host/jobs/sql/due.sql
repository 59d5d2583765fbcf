-- Which of these jobs are due, and no other host has? ($1 plugins, $2 names, $3 schedules, $4 how many; $5 and $6 the keys of
-- the heal's lock: while a heal runs none is)
-- An attempt whose lease has ended is its host's no more: it has died, or lost the database.
SELECT j.plugin, j.name, j.next_at, j.asked_at, j.tick_at, j.attempt, j.run, now() AS now
FROM tenon.job j
JOIN unnest($1::text[], $2::text[], $3::text[]) AS mine (plugin, name, schedule)
  ON mine.plugin = j.plugin AND mine.name = j.name AND mine.schedule = j.schedule
WHERE CASE WHEN j.run IS NOT NULL
               THEN NOT j.paused
                    AND NOT EXISTS (SELECT FROM tenon.job_lease l WHERE l.run = j.run AND l.until > now())
           WHEN j.tick_at IS NOT NULL THEN NOT j.paused AND j.retry_at <= now()
           ELSE j.asked_at <= now() OR NOT j.paused AND j.next_at <= now() END
  AND NOT EXISTS (SELECT FROM pg_locks h
                  WHERE h.locktype = 'advisory' AND h.granted
                    AND h.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                    AND h.classid::bigint = $5::bigint AND h.objid::bigint = $6::bigint AND h.objsubid = 2)
ORDER BY coalesce(j.retry_at, j.asked_at, j.next_at)
LIMIT $4
FOR UPDATE OF j SKIP LOCKED
