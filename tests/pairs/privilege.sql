-- pair: grants on a table
-- both
CREATE TABLE app.item (id int);
-- before
GRANT SELECT, INSERT ON app.item TO pair_reader;
GRANT UPDATE ON app.item TO pair_writer WITH GRANT OPTION;
-- after
GRANT SELECT, DELETE ON app.item TO pair_reader WITH GRANT OPTION;
GRANT UPDATE ON app.item TO pair_writer;
GRANT TRIGGER, REFERENCES, TRUNCATE ON app.item TO public;

-- pair: grants taken from the owner
-- both
CREATE TABLE app.item (id int);
-- after
REVOKE TRUNCATE, DELETE ON app.item FROM CURRENT_USER;

-- pair: no grants at all
-- both
CREATE TABLE app.item (id int);
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- after
REVOKE ALL ON app.item FROM CURRENT_USER;
REVOKE ALL ON FUNCTION app.f() FROM CURRENT_USER, public;

-- pair: grants to a role whose name needs quotes
-- both
CREATE TABLE app.item (id int);
CREATE SEQUENCE app.numbers;
-- after
GRANT ALL ON app.item TO "Pair's ""role""";
GRANT ALL ON SEQUENCE app.numbers TO "Pair's ""role""";

-- pair: MAINTAIN (from 17)
-- both
CREATE TABLE app.item (id int);
CREATE MATERIALIZED VIEW app.items AS SELECT id FROM app.item;
-- after
GRANT MAINTAIN ON app.item TO pair_reader;
GRANT MAINTAIN, SELECT ON app.items TO pair_writer WITH GRANT OPTION;

-- pair: MAINTAIN taken from the owner (from 17)
-- both
CREATE TABLE app.item (id int);
-- after
REVOKE MAINTAIN ON app.item FROM CURRENT_USER;

-- pair: all on a new table
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.item (id int, v text);
GRANT ALL ON app.item TO pair_writer;
GRANT SELECT ON app.item TO pair_reader;
REVOKE INSERT ON app.item FROM CURRENT_USER;

-- pair: grants on a table of another owner
-- both
CREATE TABLE app.item (id int);
ALTER TABLE app.item OWNER TO pair_owner;
-- after
GRANT SELECT ON app.item TO pair_reader;
REVOKE TRUNCATE ON app.item FROM pair_owner;

-- pair: grants and another owner
-- both
CREATE TABLE app.item (id int);
-- before
GRANT SELECT ON app.item TO pair_reader;
-- after
ALTER TABLE app.item OWNER TO pair_owner;
GRANT INSERT ON app.item TO pair_reader;

-- pair: grants of columns beside those of the table
-- both
CREATE TABLE app.item (id int, v text);
-- before
GRANT SELECT ON app.item TO pair_reader;
GRANT UPDATE (v) ON app.item TO pair_reader;
-- after
GRANT SELECT (id) ON app.item TO pair_reader;
GRANT UPDATE ON app.item TO pair_reader;

-- pair: grants of a view's columns
-- both
CREATE TABLE app.item (id int, v text);
CREATE VIEW app.seen AS SELECT id, v FROM app.item;
-- after
GRANT SELECT (v) ON app.seen TO pair_reader;
GRANT SELECT ON app.seen TO pair_writer;

-- pair: grants on a schema
-- both
CREATE TABLE app.kept (id int);
-- after
GRANT USAGE, CREATE ON SCHEMA app TO pair_reader;
GRANT USAGE ON SCHEMA app TO public;

-- pair: grants on types and functions
-- both
CREATE TYPE app.mood AS ENUM ('a');
CREATE FUNCTION app.f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE app.p(int) LANGUAGE sql AS 'SELECT 1';
-- after
REVOKE USAGE ON TYPE app.mood FROM public;
GRANT USAGE ON TYPE app.mood TO pair_reader;
REVOKE EXECUTE ON FUNCTION app.f(int, text) FROM public;
GRANT EXECUTE ON PROCEDURE app.p(int) TO pair_writer;

-- pair: default privileges that give
-- both
CREATE TABLE app.kept (id int);
-- after
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner IN SCHEMA app GRANT SELECT, INSERT ON TABLES TO pair_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner IN SCHEMA app GRANT EXECUTE ON FUNCTIONS TO pair_writer WITH GRANT OPTION;

-- pair: other default privileges
-- both
CREATE TABLE app.kept (id int);
-- before
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner IN SCHEMA app GRANT SELECT ON TABLES TO pair_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner IN SCHEMA app GRANT USAGE ON SEQUENCES TO pair_reader;
-- after
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner IN SCHEMA app GRANT INSERT ON TABLES TO pair_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner IN SCHEMA app GRANT USAGE ON TYPES TO pair_writer;

-- pair: default privileges that take away (alone)
-- both
CREATE TABLE app.kept (id int);
-- after
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner REVOKE EXECUTE ON FUNCTIONS FROM public;
ALTER DEFAULT PRIVILEGES FOR ROLE pair_writer REVOKE USAGE ON TYPES FROM public;

-- pair: default privileges that take all away (alone)
-- both
CREATE TABLE app.kept (id int);
-- after
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner REVOKE ALL ON FUNCTIONS FROM public, pair_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner REVOKE ALL ON TABLES FROM pair_owner;
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner REVOKE TRUNCATE ON TABLES FROM pair_owner;

-- pair: default privileges that take away and give (alone)
-- before
CREATE TABLE app.kept (id int);
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner REVOKE EXECUTE ON FUNCTIONS FROM public;
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner GRANT EXECUTE ON FUNCTIONS TO pair_reader;
-- after
CREATE TABLE app.kept (id int);
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner GRANT EXECUTE ON FUNCTIONS TO pair_writer;

-- pair: default privileges everywhere (alone)
-- both
CREATE TABLE app.kept (id int);
-- after
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner GRANT SELECT ON TABLES TO pair_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner GRANT USAGE ON SCHEMAS TO pair_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner GRANT UPDATE ON SEQUENCES TO "Pair's ""role""";

-- pair: default privileges of a role whose name needs quotes
-- both
CREATE TABLE app.kept (id int);
-- after
ALTER DEFAULT PRIVILEGES FOR ROLE "Pair's ""role""" IN SCHEMA app GRANT SELECT ON TABLES TO pair_reader;

-- pair: default privileges of MAINTAIN (from 17)
-- both
CREATE TABLE app.kept (id int);
-- after
ALTER DEFAULT PRIVILEGES FOR ROLE pair_owner IN SCHEMA app GRANT MAINTAIN ON TABLES TO pair_reader;

-- pair: a new table beside default privileges of whoever makes it
-- both
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO pair_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT EXECUTE ON FUNCTIONS TO pair_writer;
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.item (id int);
REVOKE SELECT ON app.item FROM pair_reader;
GRANT INSERT ON app.item TO pair_writer;
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';

-- pair: owners of everything
-- both
CREATE TABLE app.item (id int PRIMARY KEY);
CREATE VIEW app.seen AS SELECT id FROM app.item;
CREATE MATERIALIZED VIEW app.kept AS SELECT id FROM app.item;
CREATE SEQUENCE app.numbers;
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE app.mood AS ENUM ('a');
-- after
ALTER SCHEMA app OWNER TO pair_owner;
ALTER TABLE app.item OWNER TO pair_owner;
ALTER VIEW app.seen OWNER TO pair_owner;
ALTER MATERIALIZED VIEW app.kept OWNER TO pair_owner;
ALTER SEQUENCE app.numbers OWNER TO pair_owner;
ALTER FUNCTION app.f() OWNER TO pair_owner;
ALTER TYPE app.mood OWNER TO pair_owner;

-- pair: a new function beside default privileges that take away (alone)
-- both
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM public;
ALTER DEFAULT PRIVILEGES REVOKE TRUNCATE ON TABLES FROM CURRENT_USER;
CREATE TABLE app.kept (id int);
-- after
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
GRANT EXECUTE ON FUNCTION app.f() TO public;
CREATE FUNCTION app.g() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE app.item (id int);
GRANT TRUNCATE ON app.item TO CURRENT_USER;
