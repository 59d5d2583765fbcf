-- Can this message be kept, if it is not yet? ($1 number, $2 id, $3 what it comes from, $4 event, $5 when, $6 JSON)
INSERT INTO tenon.notification (number, id, source, event, at, body) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (source) DO NOTHING
