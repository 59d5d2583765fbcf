-- Can messages begin with what changes from now on, if they have not begun yet?
INSERT INTO tenon.notification_cursor (id, number, audit_seq, verdict_at, verdict)
SELECT 1, 0, (SELECT coalesce(max(seq), 0) FROM tenon.audit), coalesce(last.at, to_timestamp(0)), last.verdict
FROM (SELECT 1) AS one
LEFT JOIN (SELECT v.at, v.verdict FROM tenon.verdict v ORDER BY v.at DESC, v.host DESC LIMIT 1) AS last ON true
ON CONFLICT DO NOTHING
