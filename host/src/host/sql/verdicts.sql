-- How did the verdict change? ($1 since when, $2 how many of the latest)
SELECT at, host, former, verdict, counts FROM tenon.verdict WHERE at >= $1 ORDER BY at DESC, host DESC LIMIT $2
