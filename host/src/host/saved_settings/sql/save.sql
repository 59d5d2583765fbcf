-- Can this be saved for a plugin, if nobody has changed it meanwhile? ($1 plugin, $2 the settings as JSON, $3 who changes
-- them, $4 the version that is changed; 0 where there is none)
INSERT INTO tenon.plugin_settings AS s (plugin, version, settings, changed_at, changed_by)
VALUES ($1, 1, $2::pg_catalog.jsonb, pg_catalog.clock_timestamp(), $3)
ON CONFLICT (plugin) DO UPDATE SET version = s.version + 1, settings = excluded.settings,
                                   changed_at = excluded.changed_at, changed_by = excluded.changed_by
WHERE s.version = $4
RETURNING s.version
