-- What did administrators say of which files?
SELECT body, released FROM tenon.quarantine ORDER BY sha256
