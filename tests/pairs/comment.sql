-- pair: on everything
-- both
CREATE TABLE app.item (id int PRIMARY KEY, v text CHECK (v <> ''));
CREATE VIEW app.seen AS SELECT id, v FROM app.item;
CREATE MATERIALIZED VIEW app.kept AS SELECT id FROM app.item;
CREATE SEQUENCE app.numbers;
CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TYPE app.mood AS ENUM ('a');
CREATE DOMAIN app.d AS int CONSTRAINT c CHECK (VALUE > 0);
CREATE TYPE app.pair AS (a int, b int);
-- before
COMMENT ON VIEW app.seen IS 'this';
COMMENT ON COLUMN app.seen.v IS 'value';
COMMENT ON TYPE app.pair IS 'two';
-- after
COMMENT ON SCHEMA app IS 'the schema';
COMMENT ON TABLE app.item IS 'the table';
COMMENT ON COLUMN app.item.v IS 'the column';
COMMENT ON CONSTRAINT item_v_check ON app.item IS 'the check';
COMMENT ON INDEX app.item_pkey IS 'the index';
COMMENT ON VIEW app.seen IS E'that\nv: more';
COMMENT ON COLUMN app.seen.id IS 'key';
COMMENT ON MATERIALIZED VIEW app.kept IS 'the materialized view';
COMMENT ON COLUMN app.kept.id IS 'its column';
COMMENT ON SEQUENCE app.numbers IS 'the sequence';
COMMENT ON FUNCTION app.f(int) IS 'the function';
COMMENT ON TYPE app.mood IS 'the enum';
COMMENT ON DOMAIN app.d IS 'the domain';
COMMENT ON CONSTRAINT c ON DOMAIN app.d IS 'its check';
COMMENT ON COLUMN app.pair.a IS 'the first';

-- pair: on a NOT NULL (from 18)
-- both
CREATE TABLE app.item (id int CONSTRAINT there NOT NULL);
-- after
COMMENT ON CONSTRAINT there ON app.item IS 'it has to be';

-- pair: long and odd ones
-- both
CREATE TABLE app.item (id int, "c (d)" int);
-- before
COMMENT ON TABLE app.item IS 'äöü 名前 \ " '' $$ -- /* */';
-- after
COMMENT ON TABLE app.item IS E'first line\n\tsecond line\r\nthird';
COMMENT ON COLUMN app.item."c (d)" IS ' ';

-- pair: of a view's column that has another name
-- both
CREATE TABLE app.item (id int, sku text);
-- before
CREATE VIEW app.seen AS SELECT id, sku FROM app.item;
COMMENT ON VIEW app.seen IS 'what is seen';
COMMENT ON COLUMN app.seen.sku IS 'its number';
-- after
CREATE VIEW app.seen AS SELECT id, sku AS by_hand FROM app.item;
COMMENT ON VIEW app.seen IS 'what is seen';
COMMENT ON COLUMN app.seen.by_hand IS 'its number';

-- pair: of a materialized view's column that has another name
-- both
CREATE TABLE app.item (id int, sku text);
-- before
CREATE MATERIALIZED VIEW app.kept AS SELECT id, sku FROM app.item;
COMMENT ON COLUMN app.kept.sku IS 'its number';
-- after
CREATE MATERIALIZED VIEW app.kept AS SELECT id, sku AS by_hand FROM app.item;
COMMENT ON COLUMN app.kept.by_hand IS 'its number';

-- pair: of an attribute that has another name
-- before
CREATE TYPE app.pair AS (a int, sku text);
COMMENT ON COLUMN app.pair.sku IS 'its number';
-- after
CREATE TYPE app.pair AS (a int, by_hand text);
COMMENT ON COLUMN app.pair.by_hand IS 'its number';

-- pair: of a domain's check that has another name
-- before
CREATE DOMAIN app.d AS int CONSTRAINT c CHECK (VALUE > 0);
COMMENT ON CONSTRAINT c ON DOMAIN app.d IS 'its check';
-- after
CREATE DOMAIN app.d AS int CONSTRAINT by_hand CHECK (VALUE > 0);
COMMENT ON CONSTRAINT by_hand ON DOMAIN app.d IS 'its check';

-- pair: of a domain's NOT NULL (from 18)
-- before
CREATE DOMAIN app.d AS int CONSTRAINT given NOT NULL;
CREATE DOMAIN app.e AS int NOT NULL;
CREATE DOMAIN app.f AS int CONSTRAINT given NOT NULL CONSTRAINT c CHECK (VALUE > 0);
CREATE DOMAIN app.g AS int CONSTRAINT given NOT NULL;
-- after
CREATE DOMAIN app.d AS int CONSTRAINT given NOT NULL;
COMMENT ON CONSTRAINT given ON DOMAIN app.d IS 'never';
CREATE DOMAIN app.e AS int NOT NULL;
COMMENT ON CONSTRAINT e_not_null ON DOMAIN app.e IS 'never';
CREATE DOMAIN app.f AS int CONSTRAINT by_hand NOT NULL CONSTRAINT d CHECK (VALUE > 0);
COMMENT ON CONSTRAINT by_hand ON DOMAIN app.f IS 'never';
COMMENT ON CONSTRAINT d ON DOMAIN app.f IS 'above nothing';
CREATE DOMAIN app.g AS int;
