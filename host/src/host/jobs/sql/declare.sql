-- Are these jobs known, each with its schedule? ($1 plugins, $2 names, $3 schedules, $4 the next time of each that is new,
-- $5 whether another schedule is taken over)
INSERT INTO tenon.job AS j (plugin, name, schedule, next_at)
SELECT d.plugin, d.name, d.schedule, d.next_at
FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS d (plugin, name, schedule, next_at)
ON CONFLICT (plugin, name) DO UPDATE SET schedule = excluded.schedule, next_at = excluded.next_at
WHERE $5 AND j.schedule <> excluded.schedule
