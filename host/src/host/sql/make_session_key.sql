-- Can this be the key that seals the cookies, if there is none? ($1 the key)
INSERT INTO tenon.session_key (id, key, made_at) VALUES (1, $1, pg_catalog.now()) ON CONFLICT DO NOTHING
