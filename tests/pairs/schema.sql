-- pair: a schema
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE SCHEMA app_more;
COMMENT ON SCHEMA app_more IS 'more';
GRANT USAGE ON SCHEMA app_more TO pair_reader;

-- pair: a schema with everything in it
-- both
CREATE TABLE app.kept (id int PRIMARY KEY);
-- after
CREATE SCHEMA app_more AUTHORIZATION pair_owner;
CREATE TYPE app_more.mood AS ENUM ('a', 'b');
CREATE DOMAIN app_more.name AS text CHECK (VALUE <> '');
CREATE SEQUENCE app_more.numbers;
CREATE TABLE app_more.item (id serial PRIMARY KEY, of_kept int REFERENCES app.kept, mood app_more.mood, name app_more.name);
CREATE VIEW app_more.seen AS SELECT id FROM app_more.item;
CREATE FUNCTION app_more.f() RETURNS app_more.item LANGUAGE sql AS 'SELECT * FROM app_more.item LIMIT 1';
CREATE MATERIALIZED VIEW app_more.total AS SELECT count(*) AS n FROM app_more.seen;
GRANT SELECT ON app_more.item TO pair_reader;

-- pair: two schemas that use each other
-- both
CREATE TABLE app.kept (id int PRIMARY KEY);
-- after
CREATE SCHEMA app_a;
CREATE SCHEMA app_b;
CREATE TABLE app_a.item (id int PRIMARY KEY);
CREATE TABLE app_b.item (id int PRIMARY KEY REFERENCES app_a.item);
ALTER TABLE app_a.item ADD COLUMN of_b int REFERENCES app_b.item;
CREATE VIEW app_a.seen AS SELECT id FROM app_b.item;
CREATE VIEW app_b.seen AS SELECT id FROM app_a.seen;

-- pair: a schema whose name needs quotes
-- both
CREATE TABLE app.kept (id int PRIMARY KEY);
-- after
CREATE SCHEMA "app_More (of) ""it""";
CREATE TABLE "app_More (of) ""it""".item (id int PRIMARY KEY, v text);
CREATE VIEW "app_More (of) ""it""".seen AS SELECT id FROM "app_More (of) ""it""".item;
GRANT USAGE ON SCHEMA "app_More (of) ""it""" TO pair_reader;

-- pair: owner and comment
-- both
CREATE SCHEMA app_more;
-- after
ALTER SCHEMA app_more OWNER TO pair_owner;
COMMENT ON SCHEMA app_more IS 'more';

-- pair: a table goes to another schema
-- both
CREATE SCHEMA app_more;
-- before
CREATE TABLE app.item (id int PRIMARY KEY, v text);
-- after
CREATE TABLE app_more.item (id int PRIMARY KEY, v text);

-- pair: a schema by another name
-- before
CREATE SCHEMA app_this;
CREATE TABLE app_this.item (id int PRIMARY KEY, v text);
CREATE VIEW app_this.seen AS SELECT id FROM app_this.item;
-- after
CREATE SCHEMA app_that;
CREATE TABLE app_that.item (id int PRIMARY KEY, v text);
CREATE VIEW app_that.seen AS SELECT id FROM app_that.item;

-- pair: a table by another name
-- before
CREATE TABLE app.this (id int CONSTRAINT the_key PRIMARY KEY, v text);
-- after
CREATE TABLE app.that (id int CONSTRAINT the_key PRIMARY KEY, v text);

-- pair: a function, a type and a view by other names
-- before
CREATE TYPE app.this_mood AS ENUM ('a', 'b');
CREATE FUNCTION app.this_f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW app.this_v AS SELECT 1 AS one;
-- after
CREATE TYPE app.that_mood AS ENUM ('a', 'b');
CREATE FUNCTION app.that_f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE VIEW app.that_v AS SELECT 1 AS one;

-- pair: everything comes at once
-- both
CREATE TABLE app.kept (id int PRIMARY KEY);
-- after
CREATE TYPE app.state AS ENUM ('new', 'done');
CREATE DOMAIN app.money AS numeric(12,2) CHECK (VALUE >= 0);
CREATE TABLE app.customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, mail text UNIQUE);
CREATE TABLE app.bill (id bigserial PRIMARY KEY, of_customer bigint NOT NULL REFERENCES app.customer, state app.state NOT NULL DEFAULT 'new', total app.money, at timestamptz NOT NULL DEFAULT now());
CREATE TABLE app.line (of_bill bigint REFERENCES app.bill ON DELETE CASCADE, no int, what text, price app.money, PRIMARY KEY (of_bill, no));
CREATE INDEX ON app.bill (of_customer, at DESC) WHERE state <> 'done';
CREATE FUNCTION app.sum_up(b app.bill) RETURNS app.money LANGUAGE sql STABLE AS 'SELECT sum(price)::app.money FROM app.line WHERE of_bill = b.id';
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := now(); RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON app.bill FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE VIEW app.open AS SELECT b.id, c.name, app.sum_up(b.*) AS total FROM app.bill b JOIN app.customer c ON c.id = b.of_customer WHERE b.state = 'new';
CREATE MATERIALIZED VIEW app.best AS SELECT of_customer, sum(total) AS total FROM app.bill GROUP BY of_customer;
CREATE UNIQUE INDEX best_key ON app.best (of_customer);
ALTER TABLE app.customer ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON app.customer TO pair_reader USING (mail = current_user);
GRANT SELECT ON ALL TABLES IN SCHEMA app TO pair_reader;
