-- Who hears these events? ($1 names, $2 plugins)
INSERT INTO tenon.event_listener AS t (name, plugin, declared_at)
SELECT d.name, d.plugin, now() FROM unnest($1::text[], $2::text[]) AS d (name, plugin)
ON CONFLICT (name, plugin) DO UPDATE SET declared_at = excluded.declared_at
