-- How did the verdict change after this time, within a day? ($1 the time, $2 how many)
SELECT at, host, former, verdict, counts
FROM tenon.verdict
WHERE at > $1 AND at > now() - interval '1 day'
ORDER BY at, host
LIMIT $2
