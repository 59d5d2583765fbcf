-- Which sessions have begun since then? ($1 when)
SELECT s.id, s.account, s.method, s.since, s.last_seen, s.address, s.agent, s.ended IS NOT NULL AS ended
FROM tenon.session s
WHERE s.since OPERATOR(pg_catalog.>) $1
