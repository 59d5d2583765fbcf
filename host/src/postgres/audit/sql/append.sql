-- Can this event be added to the chain? ($1 seq, $2 heal, $3 event, $4 at, $5 body, $6 previous, $7 hash)
INSERT INTO tenon.audit (seq, heal, event, at, body, previous, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)
