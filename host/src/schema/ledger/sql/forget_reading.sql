-- Can what was verified of this plugin be forgotten? ($1 plugin)
DELETE FROM tenon.reading WHERE plugin OPERATOR(pg_catalog.=) $1
