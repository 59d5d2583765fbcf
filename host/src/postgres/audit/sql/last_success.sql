-- What happened to the heal that succeeded last?
SELECT heal, event, attempt, at, body
FROM tenon.audit
WHERE heal = (SELECT heal FROM tenon.audit WHERE event = 'succeeded' ORDER BY seq DESC LIMIT 1)
ORDER BY seq
