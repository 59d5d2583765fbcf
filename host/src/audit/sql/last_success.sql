-- What happened to the heal that succeeded last, and was no dry run?
SELECT heal, event, attempt, at, body
FROM tenon.audit
WHERE heal = (SELECT heal FROM tenon.audit WHERE event = 'succeeded' AND body::json ->> 'left' IS DISTINCT FROM 'rolled_back'
              ORDER BY seq DESC LIMIT 1)
ORDER BY seq
