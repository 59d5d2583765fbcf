-- What happened to the latest heals, and was done besides? ($1 how many of both)
SELECT heal, event, attempt, at, body
FROM tenon.audit
WHERE heal IN (SELECT heal FROM tenon.audit WHERE event IN ('started', 'action') ORDER BY seq DESC LIMIT $1)
ORDER BY seq
