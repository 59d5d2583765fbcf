-- Which scratch databases that this role may drop is nobody connected to?
SELECT d.datname::text AS name
FROM pg_catalog.pg_database d
WHERE d.datname ~ '^tenon_scratch_[0-9a-f]{32}$'
  AND pg_catalog.pg_has_role(d.datdba, 'USAGE')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid)
ORDER BY d.datname
