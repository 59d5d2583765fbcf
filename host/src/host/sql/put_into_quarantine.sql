-- Can this file be put into quarantine on all hosts? ($1 sha256, $2 what is said of it, as JSON)
INSERT INTO tenon.quarantine (sha256, body) VALUES ($1, $2)
ON CONFLICT (sha256) DO UPDATE SET body = excluded.body, released = NULL
