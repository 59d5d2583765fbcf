-- pair: an operator
-- both
CREATE FUNCTION app.same(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT lower(a) = lower(b)';
CREATE FUNCTION app.other(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT lower(a) <> lower(b)';
-- after
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = text, RIGHTARG = text, COMMUTATOR = OPERATOR(app.===), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
COMMENT ON OPERATOR app.=== (text, text) IS 'the same';

-- pair: an operator with its negator
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE FUNCTION app.same(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT lower(a) = lower(b)';
CREATE FUNCTION app.other(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT lower(a) <> lower(b)';
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = text, RIGHTARG = text, NEGATOR = OPERATOR(app.!==));
CREATE OPERATOR app.!== (FUNCTION = app.other, LEFTARG = text, RIGHTARG = text, NEGATOR = OPERATOR(app.===));

-- pair: selectivity
-- both
CREATE FUNCTION app.same(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT lower(a) = lower(b)';
-- before
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = text, RIGHTARG = text);
-- after
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = text, RIGHTARG = text, RESTRICT = eqsel, JOIN = eqjoinsel);

-- pair: another function of an operator
-- both
CREATE FUNCTION app.one(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE FUNCTION app.two(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT false';
-- before
CREATE OPERATOR app.=== (FUNCTION = app.one, LEFTARG = text, RIGHTARG = text);
-- after
CREATE OPERATOR app.=== (FUNCTION = app.two, LEFTARG = text, RIGHTARG = text);

-- pair: a prefix operator
-- both
CREATE FUNCTION app.minus(a text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT reverse(a)';
-- after
CREATE OPERATOR app.@@@ (FUNCTION = app.minus, RIGHTARG = text);

-- pair: an operator that a view and an index use
-- both
CREATE TABLE app.item (v text);
-- after
CREATE FUNCTION app.same(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT lower(a) = lower(b)';
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = text, RIGHTARG = text);
CREATE VIEW app.found AS SELECT v FROM app.item WHERE v OPERATOR(app.===) 'x';
CREATE INDEX ON app.item ((v OPERATOR(app.===) 'x'));

-- pair: an operator family and class
-- both
CREATE FUNCTION app.cmp(a text, b text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT bttextcmp(a, b)';
-- after
CREATE OPERATOR FAMILY app.fam USING btree;
CREATE OPERATOR CLASS app.cls FOR TYPE text USING btree FAMILY app.fam AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 app.cmp(text, text);
COMMENT ON OPERATOR CLASS app.cls USING btree IS 'by text';
COMMENT ON OPERATOR FAMILY app.fam USING btree IS 'all of them';

-- pair: an operator class with its functions, and an index
-- both
CREATE TABLE app.item (v text);
-- after
CREATE FUNCTION app.cmp(a text, b text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT bttextcmp(a, b)';
CREATE OPERATOR CLASS app.cls FOR TYPE text USING btree AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 app.cmp(text, text);
CREATE INDEX ON app.item (v app.cls);

-- pair: members of a family
-- both
CREATE OPERATOR FAMILY app.fam USING hash;
-- after
ALTER OPERATOR FAMILY app.fam USING hash ADD OPERATOR 1 = (int4, int8), FUNCTION 1 (int4, int4) hashint4(int4), FUNCTION 1 (int8, int8) hashint8(int8);

-- pair: a class with storage
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE OPERATOR CLASS app.arrays FOR TYPE int[] USING gin AS OPERATOR 1 && (anyarray, anyarray), OPERATOR 2 @> (anyarray, anyarray), FUNCTION 1 btint4cmp(int4, int4), FUNCTION 2 ginarrayextract(anyarray, internal), FUNCTION 3 ginqueryarrayextract(anyarray, internal, int2, internal, internal, internal, internal), FUNCTION 4 ginarrayconsistent(internal, int2, anyarray, int4, internal, internal, internal, internal), STORAGE int4;

-- pair: a cast
-- both
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
-- after
CREATE FUNCTION app.to_mood(int) RETURNS app.mood LANGUAGE sql IMMUTABLE AS $$ SELECT 'sad'::app.mood $$;
CREATE CAST (int AS app.mood) WITH FUNCTION app.to_mood(int) AS ASSIGNMENT;
COMMENT ON CAST (int AS app.mood) IS 'a number of moods';

-- pair: the context of a cast
-- both
CREATE TYPE app.c AS (a int);
-- before
CREATE CAST (app.c AS text) WITH INOUT;
-- after
CREATE CAST (app.c AS text) WITH INOUT AS ASSIGNMENT;

-- pair: a cast between types of PostgreSQL's own (alone)
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE CAST (text AS int) WITH INOUT AS ASSIGNMENT;

-- pair: owners
-- both
CREATE FUNCTION app.same(a text, b text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT lower(a) = lower(b)';
CREATE OPERATOR app.=== (FUNCTION = app.same, LEFTARG = text, RIGHTARG = text);
CREATE OPERATOR FAMILY app.fam USING btree;
-- after
ALTER OPERATOR app.=== (text, text) OWNER TO pair_owner;
ALTER OPERATOR FAMILY app.fam USING btree OWNER TO pair_owner;
