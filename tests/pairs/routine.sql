-- pair: a function
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE FUNCTION app.add(a int, b int DEFAULT 2) RETURNS int LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT a + b';
COMMENT ON FUNCTION app.add IS 'adds';
GRANT EXECUTE ON FUNCTION app.add TO pair_reader;
REVOKE EXECUTE ON FUNCTION app.add FROM public;

-- pair: another body
-- before
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 2';

-- pair: another body of plpgsql, with dollars
-- before
CREATE FUNCTION app.f() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN $$a$$; END $f$;
-- after
CREATE FUNCTION app.f() RETURNS text LANGUAGE plpgsql AS $f$ BEGIN RETURN $$b$$ || '\n' || $a$c$a$; END $f$;

-- pair: properties
-- before
CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql STABLE STRICT SECURITY DEFINER LEAKPROOF PARALLEL RESTRICTED COST 5 SET search_path = app, pg_temp SET work_mem = '10MB' AS 'SELECT 1';

-- pair: settings
-- before
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SET search_path = app AS 'SELECT 1';
-- after
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql SET search_path = '' SET timezone = 'UTC' SET "app.setting" = 'it''s, so' AS 'SELECT 1';

-- pair: rows and support
-- before
CREATE FUNCTION app.f() RETURNS SETOF int LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app.f() RETURNS SETOF int LANGUAGE sql COST 20 ROWS 5 AS 'SELECT 1';

-- pair: the result
-- before
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app.f() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';

-- pair: the columns of the result
-- before
CREATE FUNCTION app.f() RETURNS TABLE (a int) LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app.f() RETURNS TABLE (a int, b text) LANGUAGE sql AS 'SELECT 1, ''x''';

-- pair: the names of arguments
-- before
CREATE FUNCTION app.f(a int, b text) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app.f(c int, d text) RETURNS int LANGUAGE sql AS 'SELECT 1';

-- pair: defaults of arguments
-- before
CREATE FUNCTION app.f(a int, b text DEFAULT 'a, b') RETURNS int LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app.f(a int DEFAULT 3, b text DEFAULT 'c') RETURNS int LANGUAGE sql AS 'SELECT 1';

-- pair: other arguments
-- before
CREATE FUNCTION app.f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app.f(a text, VARIADIC b int[]) RETURNS int LANGUAGE sql AS 'SELECT 1';

-- pair: OUT and INOUT
-- before
CREATE FUNCTION app.f(INOUT a int, OUT b text) LANGUAGE sql AS 'SELECT 1, ''x''';
-- after
CREATE FUNCTION app.f(INOUT a int, OUT b text, OUT c int) LANGUAGE sql AS 'SELECT 1, ''x'', 2';

-- pair: overloads
-- both
CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app.f(text) RETURNS int LANGUAGE sql AS 'SELECT 2';
CREATE FUNCTION app.f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 3';
COMMENT ON FUNCTION app.f(int, text) IS 'the third';

-- pair: another language
-- before
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app.f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';

-- pair: a procedure
-- both
CREATE TABLE app.item (id int);
-- before
CREATE PROCEDURE app.p(a int) LANGUAGE sql AS 'DELETE FROM app.item WHERE id = a';
-- after
CREATE PROCEDURE app.p(a int, INOUT b int DEFAULT 3) LANGUAGE plpgsql AS 'BEGIN b := a; END';
COMMENT ON PROCEDURE app.p IS 'does it';

-- pair: a procedure becomes a function
-- before
CREATE PROCEDURE app.p(a int) LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app.p(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';

-- pair: a body that was parsed
-- both
CREATE TABLE app.item (id int, v text);
-- before
CREATE FUNCTION app.f() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM app.item; END;
-- after
CREATE FUNCTION app.f() RETURNS bigint BEGIN ATOMIC SELECT count(v) FROM app.item WHERE id > 0; END;

-- pair: parsed bodies of things that come too
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.z (id int, v text);
CREATE VIEW app.y AS SELECT v FROM app.z;
CREATE FUNCTION app.b() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM app.y; END;
CREATE FUNCTION app.a() RETURNS bigint BEGIN ATOMIC SELECT app.b() + 1; END;
CREATE VIEW app.x AS SELECT app.a() AS n;

-- pair: a parsed RETURN
-- before
CREATE FUNCTION app.f(a int) RETURNS int RETURN a + 1;
-- after
CREATE FUNCTION app.f(a int) RETURNS int RETURN a + 2;

-- pair: a table's rows as argument and result
-- both
CREATE TABLE app.item (id int, v text);
-- after
CREATE FUNCTION app.label(app.item) RETURNS text LANGUAGE sql AS 'SELECT $1.v';
CREATE FUNCTION app.all_items() RETURNS SETOF app.item LANGUAGE sql AS 'SELECT * FROM app.item';

-- pair: a function with many dependents
-- both
CREATE TABLE app.item (id int, v text);
-- before
CREATE FUNCTION app.fold(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(t)';
CREATE INDEX item_fold ON app.item (app.fold(v));
ALTER TABLE app.item ADD CONSTRAINT folded CHECK (app.fold(v) <> '');
CREATE VIEW app.folded AS SELECT app.fold(v) AS v FROM app.item;
CREATE POLICY folded ON app.item USING (app.fold(v) = 'x');
ALTER TABLE app.item ALTER v SET DEFAULT app.fold('X');
-- after
CREATE FUNCTION app.fold(string text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(string)';
CREATE INDEX item_fold ON app.item (app.fold(v));
ALTER TABLE app.item ADD CONSTRAINT folded CHECK (app.fold(v) <> '');
CREATE VIEW app.folded AS SELECT app.fold(v) AS v FROM app.item;
CREATE POLICY folded ON app.item USING (app.fold(v) = 'x');
ALTER TABLE app.item ALTER v SET DEFAULT app.fold('X');

-- pair: a function whose result changes under a view
-- before
CREATE FUNCTION app.total() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE VIEW app.seen AS SELECT app.total() AS n;
-- after
CREATE FUNCTION app.total() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 1::bigint';
CREATE VIEW app.seen AS SELECT app.total() AS n;

-- pair: an aggregate
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', PARALLEL = SAFE);
COMMENT ON AGGREGATE app.total(int) IS 'a sum';
GRANT EXECUTE ON FUNCTION app.total(int) TO pair_reader;

-- pair: an aggregate without arguments
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE AGGREGATE app.how_many(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
COMMENT ON AGGREGATE app.how_many(*) IS 'so many';
ALTER AGGREGATE app.how_many(*) OWNER TO pair_owner;
REVOKE EXECUTE ON FUNCTION app.how_many() FROM public;

-- pair: how an aggregate computes
-- before
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
-- after
CREATE AGGREGATE app.total(int) (SFUNC = int4pl, STYPE = int, INITCOND = '5', COMBINEFUNC = int4pl, PARALLEL = SAFE);

-- pair: how an aggregate without arguments computes
-- before
CREATE AGGREGATE app.how_many(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
-- after
CREATE AGGREGATE app.how_many(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '1');

-- pair: an aggregate of its own function
-- both
CREATE TABLE app.item (v text);
-- after
CREATE FUNCTION app.join_text(state text, more text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT concat(state, more)';
CREATE AGGREGATE app.joined(text) (SFUNC = app.join_text, STYPE = text, INITCOND = '');
CREATE VIEW app.all_text AS SELECT app.joined(v) AS v FROM app.item;

-- pair: the state of an aggregate
-- before
CREATE FUNCTION app.more(s int, i int) RETURNS int LANGUAGE sql AS 'SELECT s + i';
CREATE AGGREGATE app.total(int) (SFUNC = app.more, STYPE = int, INITCOND = '0');
-- after
CREATE FUNCTION app.more(s bigint, i int) RETURNS bigint LANGUAGE sql AS 'SELECT s + i';
CREATE AGGREGATE app.total(int) (SFUNC = app.more, STYPE = bigint, INITCOND = '0');

-- pair: an ordered-set aggregate
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE AGGREGATE app.my_percentile(float8 ORDER BY float8) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_cont_float8_final);
CREATE AGGREGATE app.my_rank(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);

-- pair: an aggregate with a sort operator
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE AGGREGATE app.least_of(int) (SFUNC = int4smaller, STYPE = int, SORTOP = <);

-- pair: a moving aggregate
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE AGGREGATE app.moving(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', MSFUNC = int4pl, MINVFUNC = int4mi, MSTYPE = int, MINITCOND = '0');

-- pair: names with parentheses and quotes
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE FUNCTION app."f (x)"(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION app."say ""it"""("a b" int) RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMENT ON FUNCTION app."f (x)" IS 'odd';
GRANT EXECUTE ON FUNCTION app."f (x)" TO pair_reader;
CREATE AGGREGATE app."agg (y)"(int) (SFUNC = int4pl, STYPE = int);

-- pair: another body behind a name with parentheses
-- before
CREATE FUNCTION app."f (x)"(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
-- after
CREATE FUNCTION app."f (x)"(a int) RETURNS bigint LANGUAGE sql AS 'SELECT 2::bigint';

-- pair: types that need quotes
-- both
CREATE TYPE app."My (type)" AS (a int);
CREATE TABLE app.kept (id int);
-- after
CREATE FUNCTION app.f(app."My (type)", app."My (type)"[]) RETURNS int LANGUAGE sql AS 'SELECT 1';
COMMENT ON FUNCTION app.f IS 'odd';

-- pair: owner and grants
-- both
CREATE FUNCTION app.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE PROCEDURE app.p() LANGUAGE sql AS 'SELECT 1';
-- after
ALTER FUNCTION app.f() OWNER TO pair_owner;
GRANT EXECUTE ON PROCEDURE app.p() TO pair_reader WITH GRANT OPTION;
REVOKE EXECUTE ON FUNCTION app.f() FROM public;

-- pair: functions that call each other
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE FUNCTION app.z() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE FUNCTION app.a() RETURNS int LANGUAGE sql AS 'SELECT app.z()';
CREATE FUNCTION app.m(x int DEFAULT app.z()) RETURNS int LANGUAGE sql AS 'SELECT x';

-- pair: a window function
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE FUNCTION app.my_row_number() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';

-- pair: a function of a domain, an enum and a composite that come too
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE DOMAIN app.name AS text CHECK (VALUE <> '');
CREATE TYPE app.who AS (name app.name, mood app.mood);
CREATE FUNCTION app.f(app.who, app.mood DEFAULT 'ok') RETURNS app.name LANGUAGE sql AS 'SELECT ($1).name';
