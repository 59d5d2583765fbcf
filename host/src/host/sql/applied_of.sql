-- Which migrations of this plugin were applied, when and by which heal? ($1 plugin)
SELECT filename, checksum, heal::pg_catalog.text AS heal, applied_at, duration_ms
FROM tenon.migration
WHERE plugin OPERATOR(pg_catalog.=) $1
ORDER BY applied_at, filename
