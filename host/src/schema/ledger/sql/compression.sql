-- Can what this transaction stores be compressed by LZ4, which is several times as fast?
SELECT set_config(name, 'lz4', true) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)
