-- What happened so far to the heal whose transaction has this id, as pg_locks prints it? ($1 its lower 32 bits)
SELECT heal, event, attempt, at, body
FROM tenon.audit
WHERE heal = (SELECT heal FROM tenon.audit
              WHERE event = 'transaction' AND ((body::json ->> 'xid')::numeric % 4294967296)::text = $1
              ORDER BY seq DESC LIMIT 1)
ORDER BY seq
