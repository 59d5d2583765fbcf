-- Who has approved the plan of this hash? ($1 the hash)
SELECT at, body
FROM tenon.audit
WHERE event = 'action' AND body::json ->> 'action' = 'approve_plan' AND body::json ->> 'plan_hash' = $1
ORDER BY seq
