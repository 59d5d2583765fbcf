-- Which rows of the chain come next? ($1 after this number, $2 how many)
SELECT seq, heal, event, attempt, at, body, previous, hash FROM tenon.audit WHERE seq > $1 ORDER BY seq LIMIT $2
