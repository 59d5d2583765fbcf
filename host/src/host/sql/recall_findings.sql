-- What is remembered of these findings? ($1 their ids)
SELECT id, first_seen, last_seen, acknowledged FROM tenon.finding WHERE id = ANY ($1::text[])
