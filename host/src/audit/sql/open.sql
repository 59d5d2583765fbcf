-- Which heals have no end in the log, is what they do over, and is their process alive?
-- ($1 how the session is named that writes a heal's log, before the heal's id; $2 the events that are ends)
-- One that has not noted its transaction yet, or is about to try again, can do nothing any more once its session is
-- gone. Where that is not known, or a pooler keeps the session, it is given a minute.
SELECT s.heal, last.attempt,
       CASE WHEN last.event = 'transaction'
            THEN coalesce(pg_xact_status((last.body::json ->> 'xid')::xid8), 'aborted') <> 'in progress'
            ELSE last.at < now() - interval '1 minute'
                 OR s.body::json ->> 'session' IS NOT NULL
                    AND NOT EXISTS (SELECT FROM pg_stat_activity a
                                    WHERE a.pid = (s.body::json ->> 'session')::integer) END AS over,
       EXISTS (SELECT FROM pg_stat_activity a WHERE a.application_name = $1::text || s.heal::text) AS alive
FROM tenon.audit s
CROSS JOIN LATERAL (SELECT e.event, e.attempt, e.at, e.body FROM tenon.audit e
                    WHERE e.heal = s.heal ORDER BY e.seq DESC LIMIT 1) last
WHERE s.event = 'started'
  AND NOT EXISTS (SELECT FROM tenon.audit e WHERE e.heal = s.heal AND e.event = ANY ($2::text[]))
ORDER BY s.seq
