-- What happened to the heals that were asked for with this idempotency key? ($1 key)
SELECT heal, event, attempt, at, body
FROM tenon.audit
WHERE heal IN (SELECT heal FROM tenon.audit WHERE event = 'started' AND body::json ->> 'idempotency_key' = $1)
ORDER BY seq
