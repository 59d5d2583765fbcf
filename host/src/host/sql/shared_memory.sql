-- Which database is this, whatever its address, and is the table there in which all hosts remember? Asked of the
-- catalog itself, see the ledger's exists.sql
SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system()) || '/' || d.oid::text AS identity,
       EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = 'tenon' AND c.relname = 'finding') AS shared
FROM pg_catalog.pg_database d
WHERE d.datname = pg_catalog.current_database()
