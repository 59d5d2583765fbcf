-- What is saved for which plugins?
SELECT s.plugin, s.version, s.settings::pg_catalog.text AS settings, s.changed_at, s.changed_by
FROM tenon.plugin_settings s
ORDER BY s.plugin
