-- Which heals have no end in the log, and is their transaction over?
-- One that never noted its transaction has run nothing; it is given a minute to do so.
SELECT s.heal,
       CASE WHEN t.body IS NULL THEN s.at < now() - interval '1 minute'
            ELSE coalesce(pg_xact_status((t.body::json ->> 'xid')::xid8), 'aborted') <> 'in progress' END AS over
FROM tenon.audit s
LEFT JOIN tenon.audit t ON t.heal = s.heal AND t.event = 'transaction'
WHERE s.event = 'started'
  AND NOT EXISTS (SELECT FROM tenon.audit e WHERE e.heal = s.heal AND e.event IN ('succeeded', 'failed'))
ORDER BY s.seq
