-- Which entries come next, newest first, and what are the rows of each, with the hash of the row before?
-- ($1 before this row; $2 admin; $3 plugin; $4 how it ended; $5 from this time on, $6 before this one; $7 how many)
WITH entry AS (
    SELECT s.seq, s.heal
    FROM tenon.audit s
    WHERE s.event IN ('started', 'action')
      AND s.seq < $1
      AND ($2::text IS NULL
           OR s.body::json ->> 'admin' = $2
           OR starts_with(s.body::json ->> 'admin', $2 || ' via token '))
      AND ($3::text IS NULL
           OR s.body::json ->> 'plugin' = $3
           OR jsonb_path_exists(s.body::jsonb, '$.*[*].plugin ? (@ == $plugin)', jsonb_build_object('plugin', $3))
           OR jsonb_path_exists(s.body::jsonb, '$.files[*] ? (@ starts with $folder)',
                                jsonb_build_object('folder', $3 || '/')))
      AND ($4::text IS NULL
           OR $4 = CASE WHEN s.event = 'action' THEN 'action'
                        ELSE coalesce((SELECT CASE WHEN e.body::json ->> 'turned_away' = 'true' THEN 'turned_away'
                                                   ELSE e.event END
                                       FROM tenon.audit e
                                       WHERE e.heal = s.heal AND e.event IN ('succeeded', 'failed', 'cancelled')),
                                      'started') END)
      AND ($5::timestamptz IS NULL OR s.at >= $5)
      AND ($6::timestamptz IS NULL OR s.at < $6)
    ORDER BY s.seq DESC
    LIMIT $7)
SELECT entry.seq AS entry, e.seq, e.heal, e.event, e.attempt, e.at, e.body, e.previous, e.hash, former.hash AS former
FROM entry
JOIN tenon.audit e ON e.heal = entry.heal
LEFT JOIN tenon.audit former ON former.seq = e.seq - 1
ORDER BY e.seq
