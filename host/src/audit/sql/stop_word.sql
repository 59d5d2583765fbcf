-- Has somebody asked a heal to stop? ($1 the id under which that stands)
SELECT body FROM tenon.audit WHERE heal OPERATOR(pg_catalog.=) $1 AND event OPERATOR(pg_catalog.=) 'action'
