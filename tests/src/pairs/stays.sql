-- How much is there that no new database has?
SELECT (SELECT count(*) FROM pg_class WHERE oid >= 16384) + (SELECT count(*) FROM pg_proc WHERE oid >= 16384)
     + (SELECT count(*) FROM pg_type WHERE oid >= 16384) + (SELECT count(*) FROM pg_default_acl)
     + (SELECT count(*) FROM pg_namespace WHERE oid >= 16384) + (SELECT count(*) FROM pg_cast WHERE oid >= 16384)
     + (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_foreign_server)
     + (SELECT count(*) FROM pg_event_trigger) + (SELECT count(*) FROM pg_extension WHERE oid >= 16384)
