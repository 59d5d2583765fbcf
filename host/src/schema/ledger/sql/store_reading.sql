-- Can this reading be kept as the plugin's? ($1 plugin, $2 server major, $6 sha256 of the queries, $3 descriptors' sha256, $4 objects, $5 heal)
INSERT INTO tenon.reading (plugin, server_major, descriptors, objects, heal, queries) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (plugin) DO UPDATE
SET server_major = excluded.server_major, queries = excluded.queries, descriptors = excluded.descriptors, objects = excluded.objects,
    heal = excluded.heal, stored_at = excluded.stored_at
