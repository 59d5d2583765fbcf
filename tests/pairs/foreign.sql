-- pair: a server (alone)
-- both
CREATE EXTENSION postgres_fdw;
CREATE TABLE app.kept (id int);
-- after
CREATE SERVER app_far TYPE 'pg' VERSION '9' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere', dbname 'x');
COMMENT ON SERVER app_far IS 'far';
GRANT USAGE ON FOREIGN SERVER app_far TO pair_reader;

-- pair: the options of a server (alone)
-- both
CREATE EXTENSION postgres_fdw;
-- before
CREATE SERVER app_far VERSION '1' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'nowhere', dbname 'x');
-- after
CREATE SERVER app_far VERSION '2' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'elsewhere', port '5433');

-- pair: the owner of a server (alone)
-- both
CREATE EXTENSION postgres_fdw;
CREATE SERVER app_far FOREIGN DATA WRAPPER postgres_fdw;
GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO pair_owner;
-- after
ALTER SERVER app_far OWNER TO pair_owner;

-- pair: a foreign table (alone)
-- both
CREATE EXTENSION postgres_fdw;
CREATE SERVER app_far FOREIGN DATA WRAPPER postgres_fdw;
-- after
CREATE FOREIGN TABLE app.theirs (id int OPTIONS (column_name 'no') NOT NULL, v text DEFAULT 'x' CHECK (v <> '')) SERVER app_far OPTIONS (schema_name 's', table_name 't');
COMMENT ON FOREIGN TABLE app.theirs IS 'theirs';
COMMENT ON COLUMN app.theirs.v IS 'a value';
GRANT SELECT ON app.theirs TO pair_reader;

-- pair: a foreign table and its server (alone)
-- both
CREATE EXTENSION postgres_fdw;
CREATE TABLE app.kept (id int);
-- after
CREATE SERVER app_far FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN TABLE app.theirs (id int) SERVER app_far;
CREATE VIEW app.seen AS SELECT id FROM app.theirs;

-- pair: the columns of a foreign table (alone)
-- both
CREATE EXTENSION postgres_fdw;
CREATE SERVER app_far FOREIGN DATA WRAPPER postgres_fdw;
-- before
CREATE FOREIGN TABLE app.theirs (id int, v int, w text OPTIONS (column_name 'a')) SERVER app_far;
-- after
CREATE FOREIGN TABLE app.theirs (id bigint NOT NULL, v int DEFAULT 3, w text OPTIONS (column_name 'b'), x date OPTIONS (column_name 'c')) SERVER app_far;

-- pair: the type of a foreign column with a default under a view (alone)
-- both
CREATE EXTENSION postgres_fdw;
CREATE SERVER app_far FOREIGN DATA WRAPPER postgres_fdw;
-- before
CREATE FOREIGN TABLE app.theirs (id int DEFAULT 5, v varchar(10) COLLATE "C") SERVER app_far;
CREATE VIEW app.seen AS SELECT id FROM app.theirs;
-- after
CREATE FOREIGN TABLE app.theirs (id numeric DEFAULT 6, v text) SERVER app_far;
CREATE VIEW app.seen AS SELECT id FROM app.theirs;

-- pair: the options of a foreign table (alone)
-- both
CREATE EXTENSION postgres_fdw;
CREATE SERVER app_far FOREIGN DATA WRAPPER postgres_fdw;
-- before
CREATE FOREIGN TABLE app.theirs (id int) SERVER app_far OPTIONS (table_name 'a', updatable 'false');
-- after
CREATE FOREIGN TABLE app.theirs (id int) SERVER app_far OPTIONS (table_name 'b', schema_name 'c');

-- pair: constraints and triggers of a foreign table (alone)
-- both
CREATE EXTENSION postgres_fdw;
CREATE SERVER app_far FOREIGN DATA WRAPPER postgres_fdw;
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE FOREIGN TABLE app.theirs (id int) SERVER app_far;
-- after
ALTER FOREIGN TABLE app.theirs ADD CONSTRAINT c CHECK (id > 0);
CREATE TRIGGER touch BEFORE INSERT ON app.theirs FOR EACH ROW EXECUTE FUNCTION app.touch();
ALTER FOREIGN TABLE app.theirs ALTER id SET STATISTICS 100;
ALTER FOREIGN TABLE app.theirs OWNER TO pair_owner;

-- pair: a foreign partition (alone)
-- both
CREATE EXTENSION postgres_fdw;
CREATE SERVER app_far FOREIGN DATA WRAPPER postgres_fdw;
CREATE TABLE app.m (id int, v text) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (100);
CREATE USER MAPPING FOR CURRENT_USER SERVER app_far;
-- after
CREATE FOREIGN TABLE app.m_2 PARTITION OF app.m FOR VALUES FROM (100) TO (200) SERVER app_far;

-- pair: a foreign table becomes a table (alone, forwards)
-- both
CREATE EXTENSION postgres_fdw;
CREATE SERVER app_far FOREIGN DATA WRAPPER postgres_fdw;
-- before
CREATE FOREIGN TABLE app.theirs (id int) SERVER app_far;
-- after
CREATE TABLE app.theirs (id int);

-- pair: user mappings (alone)
-- both
CREATE EXTENSION postgres_fdw;
CREATE SERVER app_far FOREIGN DATA WRAPPER postgres_fdw;
-- before
CREATE USER MAPPING FOR pair_reader SERVER app_far OPTIONS (user 'a');
-- after
CREATE USER MAPPING FOR pair_reader SERVER app_far OPTIONS (user 'b');
CREATE USER MAPPING FOR "Pair's ""role""" SERVER app_far;

-- pair: user mappings with their server (alone)
-- both
CREATE EXTENSION postgres_fdw;
CREATE TABLE app.kept (id int);
-- after
CREATE SERVER app_far FOREIGN DATA WRAPPER postgres_fdw;
CREATE USER MAPPING FOR pair_reader SERVER app_far OPTIONS (user 'b');

-- pair: what a subscription takes (alone)
-- both
CREATE TABLE app.kept (id int);
CREATE SUBSCRIPTION app_sub CONNECTION 'host=nowhere' PUBLICATION one WITH (connect = false, slot_name = NONE);
-- after
ALTER SUBSCRIPTION app_sub SET PUBLICATION one, "Two (2)" WITH (refresh = false);
ALTER SUBSCRIPTION app_sub SET (synchronous_commit = 'remote_apply');
