-- Has a heal run a migration of a plugin here? ($1 the host's own id)
SELECT EXISTS (SELECT FROM tenon.migration WHERE plugin <> $1)
