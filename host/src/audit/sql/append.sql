-- Can this event be added to the chain? ($1 seq, $2 heal, $3 event, $4 attempt, $5 at, $6 body, $7 previous, $8 hash)
INSERT INTO tenon.audit (seq, heal, event, attempt, at, body, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
