-- Can this verdict be kept, if it is another one than the one before? ($1 when, $2 host, $3 verdict, $4 counts)
INSERT INTO tenon.verdict (at, host, former, verdict, counts)
SELECT $1, $2, last.verdict, $3, $4
FROM (SELECT 1) AS one
LEFT JOIN (SELECT v.verdict FROM tenon.verdict v WHERE v.at < $1 ORDER BY v.at DESC, v.host DESC LIMIT 1) AS last ON true
WHERE last.verdict IS DISTINCT FROM $3
ON CONFLICT DO NOTHING
