-- On which tables is an index being built at this moment? Which one another role works on may not be told.
SELECT n.nspname AS schema, c.relname AS relation
FROM pg_stat_progress_create_index p
LEFT JOIN pg_class c ON c.oid = p.relid
LEFT JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE p.datid = (SELECT oid FROM pg_database WHERE datname = current_database())
