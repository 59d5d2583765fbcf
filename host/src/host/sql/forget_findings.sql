-- Can findings be forgotten that are long gone and not acknowledged any more? ($1 last seen before)
DELETE FROM tenon.finding
WHERE last_seen < $1
  AND (acknowledged IS NULL OR (acknowledged::json ->> 'until')::timestamptz < now())
