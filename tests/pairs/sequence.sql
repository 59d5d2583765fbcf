-- pair: a sequence
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE SEQUENCE app.numbers AS int INCREMENT 5 MINVALUE 10 MAXVALUE 1000 START 20 CACHE 3 CYCLE;
COMMENT ON SEQUENCE app.numbers IS 'numbers';
GRANT USAGE ON SEQUENCE app.numbers TO pair_reader;

-- pair: steps
-- before
CREATE SEQUENCE app.numbers;
-- after
CREATE SEQUENCE app.numbers INCREMENT 2 CACHE 20 CYCLE;

-- pair: the type of a sequence
-- before
CREATE SEQUENCE app.numbers AS int;
-- after
CREATE SEQUENCE app.numbers AS bigint;

-- pair: bounds
-- before
CREATE SEQUENCE app.numbers MINVALUE 1 MAXVALUE 100;
-- after
CREATE SEQUENCE app.numbers MINVALUE 0 MAXVALUE 1000 START 5;

-- pair: bounds that what was reached is outside of
-- before
CREATE SEQUENCE app.numbers;
-- after
CREATE SEQUENCE app.numbers MINVALUE 1000 START 1000;

-- pair: backwards
-- before
CREATE SEQUENCE app.numbers;
-- after
CREATE SEQUENCE app.numbers INCREMENT -1 MINVALUE -1000 MAXVALUE 1000 START 500;

-- pair: bounds at one
-- before
CREATE SEQUENCE app.numbers INCREMENT -1 MAXVALUE -1 MINVALUE -100 START -1;
-- after
CREATE SEQUENCE app.numbers INCREMENT 1 MINVALUE 1 MAXVALUE 100 START 1;

-- pair: a start
-- before
CREATE SEQUENCE app.numbers START 1;
-- after
CREATE SEQUENCE app.numbers START 100;

-- pair: the owner of a sequence
-- both
CREATE SEQUENCE app.numbers;
-- after
ALTER SEQUENCE app.numbers OWNER TO pair_owner;
GRANT SELECT ON SEQUENCE app.numbers TO pair_reader;

-- pair: the column of a sequence
-- both
CREATE SEQUENCE app.numbers;
CREATE TABLE app.item (a bigint, b bigint);
-- before
ALTER SEQUENCE app.numbers OWNED BY app.item.a;
-- after
ALTER SEQUENCE app.numbers OWNED BY app.item.b;

-- pair: a sequence of nobody
-- both
CREATE SEQUENCE app.numbers;
CREATE TABLE app.item (a bigint);
-- before
ALTER SEQUENCE app.numbers OWNED BY app.item.a;

-- pair: a sequence in use goes with its default
-- before
CREATE SEQUENCE app.numbers;
CREATE TABLE app.item (id bigint DEFAULT nextval('app.numbers'), v int);
-- after
CREATE TABLE app.item (id bigint, v int);

-- pair: unlogged
-- before
CREATE SEQUENCE app.numbers;
-- after
CREATE UNLOGGED SEQUENCE app.numbers;

-- pair: a serial by another name
-- before
CREATE SEQUENCE app.this;
CREATE TABLE app.item (id int DEFAULT nextval('app.this'));
ALTER SEQUENCE app.this OWNED BY app.item.id;
-- after
CREATE SEQUENCE app.that;
CREATE TABLE app.item (id int DEFAULT nextval('app.that'));
ALTER SEQUENCE app.that OWNED BY app.item.id;

-- pair: names that need quotes
-- both
CREATE TABLE app."Tab (le)" (v int);
-- after
ALTER TABLE app."Tab (le)" ADD COLUMN "I.d" serial, ADD COLUMN "No" int GENERATED ALWAYS AS IDENTITY;
COMMENT ON SEQUENCE app."Tab (le)_I.d_seq" IS 'x';

-- pair: the bounds of a serial
-- before
CREATE TABLE app.item (id serial PRIMARY KEY);
-- after
CREATE TABLE app.item (id serial PRIMARY KEY);
ALTER SEQUENCE app.item_id_seq MINVALUE 5 START 10 RESTART 10;
