-- Which events has every listener heard?
DELETE FROM tenon.event e
WHERE e.at < now() - interval '10 minutes'
  AND NOT EXISTS (SELECT FROM tenon.event_delivery d WHERE d.number = e.number)
