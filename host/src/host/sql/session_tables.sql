-- Are the tables there in which all hosts keep the console's sessions? Asked of the catalog itself, see the ledger's
-- exists.sql
SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'tenon' AND c.relname = 'session_key') AS there
