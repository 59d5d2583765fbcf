-- Can these rows of a plugin go? ($1 plugin, $2 file names)
DELETE FROM tenon.migration
WHERE plugin OPERATOR(pg_catalog.=) $1 AND filename OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[])
