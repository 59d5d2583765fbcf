-- pair: an extension (alone)
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE EXTENSION citext;

-- pair: an extension in a schema, with what uses it (alone)
-- both
CREATE TABLE app.item (id int);
-- after
CREATE SCHEMA app_ext;
CREATE EXTENSION citext SCHEMA app_ext;
ALTER TABLE app.item ADD COLUMN name app_ext.citext DEFAULT 'x';
CREATE INDEX ON app.item (name);

-- pair: an extension moves (alone)
-- both
CREATE SCHEMA app_ext;
CREATE TABLE app.kept (id int);
-- before
CREATE EXTENSION hstore SCHEMA app;
-- after
CREATE EXTENSION hstore SCHEMA app_ext;

-- pair: rights on what an extension has (alone)
-- both
CREATE EXTENSION hstore SCHEMA app;
-- after
GRANT USAGE ON TYPE app.hstore TO pair_reader;
REVOKE EXECUTE ON FUNCTION app.hstore_to_json(app.hstore) FROM public;
GRANT EXECUTE ON FUNCTION app.hstore_to_json(app.hstore) TO pair_writer WITH GRANT OPTION;

-- pair: rights on a relation of an extension (alone)
-- both
CREATE EXTENSION pg_stat_statements SCHEMA app;
-- after
REVOKE SELECT ON app.pg_stat_statements FROM public;
GRANT SELECT ON app.pg_stat_statements TO pair_reader;
GRANT SELECT (userid) ON app.pg_stat_statements TO pair_writer;

-- pair: a comment on an extension (alone)
-- both
CREATE EXTENSION hstore SCHEMA app;
-- after
COMMENT ON EXTENSION hstore IS 'ours';

-- pair: an event trigger
-- both
CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
-- after
CREATE EVENT TRIGGER app_watch ON ddl_command_end WHEN TAG IN ('CREATE FUNCTION', 'DROP FUNCTION') EXECUTE FUNCTION app.watch();
COMMENT ON EVENT TRIGGER app_watch IS 'watches';
ALTER EVENT TRIGGER app_watch DISABLE;

-- pair: another event
-- both
CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
-- before
CREATE EVENT TRIGGER app_watch ON ddl_command_end EXECUTE FUNCTION app.watch();
-- after
CREATE EVENT TRIGGER app_watch ON sql_drop EXECUTE FUNCTION app.watch();

-- pair: how an event trigger is switched
-- both
CREATE FUNCTION app.watch() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
CREATE EVENT TRIGGER app_watch ON ddl_command_end EXECUTE FUNCTION app.watch();
-- after
ALTER EVENT TRIGGER app_watch ENABLE ALWAYS;

-- pair: a publication
-- both
CREATE TABLE app.item (id int PRIMARY KEY, v text);
-- after
CREATE PUBLICATION app_pub FOR TABLE ONLY app.item (id) WHERE (id > 3) WITH (publish = 'insert, update');
COMMENT ON PUBLICATION app_pub IS 'published';

-- pair: the tables of a publication
-- both
CREATE TABLE app.a (id int PRIMARY KEY, v text);
CREATE TABLE app.b (id int PRIMARY KEY, v text);
-- before
CREATE PUBLICATION app_pub FOR TABLE app.a, app.b;
-- after
CREATE PUBLICATION app_pub FOR TABLE app.b (id), TABLE app.a WHERE (id > 1) WITH (publish_via_partition_root = true);

-- pair: the schemas of a publication
-- both
CREATE SCHEMA app_two;
CREATE TABLE app.a (id int PRIMARY KEY, v text);
-- before
CREATE PUBLICATION app_pub FOR TABLES IN SCHEMA app;
-- after
CREATE PUBLICATION app_pub FOR TABLES IN SCHEMA app_two, TABLE app.a;

-- pair: a publication of all tables (alone)
-- both
CREATE TABLE app.a (id int PRIMARY KEY, v text);
-- before
CREATE PUBLICATION app_pub FOR TABLE app.a;
-- after
CREATE PUBLICATION app_pub FOR ALL TABLES WITH (publish = 'truncate');

-- pair: a publication of nothing
-- both
CREATE TABLE app.a (id int PRIMARY KEY, v text);
-- before
CREATE PUBLICATION app_pub FOR TABLE app.a;
-- after
CREATE PUBLICATION app_pub;

-- pair: the owner of a publication
-- both
CREATE TABLE app.a (id int PRIMARY KEY, v text);
CREATE PUBLICATION app_pub FOR TABLE app.a;
-- after
ALTER PUBLICATION app_pub OWNER TO pair_owner;

-- pair: a published table that comes too
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.item (id int PRIMARY KEY, v text);
CREATE PUBLICATION app_pub FOR TABLE app.item;

-- pair: the type of a published column with a condition
-- before
CREATE TABLE app.item (id int PRIMARY KEY, v int);
CREATE PUBLICATION app_pub FOR TABLE app.item WHERE (id > 3);
-- after
CREATE TABLE app.item (id bigint PRIMARY KEY, v int);
CREATE PUBLICATION app_pub FOR TABLE app.item WHERE (id > 3);
