-- When was the last backup made that the log knows of?
SELECT at
FROM tenon.audit
WHERE event = 'action' AND body::json ->> 'action' = 'backup'
ORDER BY seq DESC
LIMIT 1
