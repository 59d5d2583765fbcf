-- Is the table of saved settings there? Asked of the catalog itself, see the ledger's exists.sql
SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'tenon' AND c.relname = 'plugin_settings') AS there
