-- Can those be forgotten that began before then? ($1 when)
DELETE FROM tenon.session s WHERE s.since OPERATOR(pg_catalog.<) $1
