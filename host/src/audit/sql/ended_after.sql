-- Which heals ended after this row, and what was done besides, within a day? ($1 the row, $2 how many)
SELECT a.seq, a.heal, a.event, a.attempt, a.at, a.body, coalesce(s.seq, a.seq) AS entry, s.body AS started
FROM tenon.audit a
LEFT JOIN tenon.audit s ON s.heal = a.heal AND s.event = 'started'
WHERE a.seq > $1 AND a.event IN ('succeeded', 'failed', 'cancelled', 'action') AND a.at > now() - interval '1 day'
ORDER BY a.seq
LIMIT $2
