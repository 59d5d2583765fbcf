-- What happened to the latest heals? ($1 how many)
SELECT heal, event, attempt, at, body
FROM tenon.audit
WHERE heal IN (SELECT heal FROM tenon.audit WHERE event = 'started' ORDER BY seq DESC LIMIT $1)
ORDER BY seq
