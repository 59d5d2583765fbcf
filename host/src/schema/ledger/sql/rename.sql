-- Can this migration have another name from now on? ($1 plugin, $2 the name it was applied under, $3 the new one)
UPDATE tenon.migration SET filename = $3 WHERE plugin OPERATOR(pg_catalog.=) $1 AND filename OPERATOR(pg_catalog.=) $2
