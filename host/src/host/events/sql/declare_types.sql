-- Who emits these events? ($1 names, $2 plugins, $3 the login roles of these, where they have such)
INSERT INTO tenon.event_type AS t (name, plugin, role)
SELECT d.name, d.plugin, d.role FROM unnest($1::text[], $2::text[], $3::text[]) AS d (name, plugin, role)
ON CONFLICT (name) DO UPDATE SET plugin = excluded.plugin, role = excluded.role
WHERE (t.plugin, t.role) IS DISTINCT FROM (excluded.plugin, excluded.role)
