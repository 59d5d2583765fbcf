-- Can these findings be acknowledged, or that be taken back?
-- ($1 ids, $2 when they were first seen, $3 and last, $4 their acknowledgements)
INSERT INTO tenon.finding AS f (id, first_seen, last_seen, acknowledged)
SELECT s.id, s.first_seen, s.last_seen, s.acknowledged
FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[], $4::text[]) AS s (id, first_seen, last_seen, acknowledged)
ORDER BY s.id
ON CONFLICT (id) DO UPDATE SET last_seen = greatest(f.last_seen, excluded.last_seen), acknowledged = excluded.acknowledged
