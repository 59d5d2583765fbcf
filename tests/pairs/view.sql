-- pair: a view
-- both
CREATE TABLE app.item (id int, name text);
-- after
CREATE VIEW app.names AS SELECT name FROM app.item WHERE id > 0;
COMMENT ON VIEW app.names IS 'names';
COMMENT ON COLUMN app.names.name IS 'a name';
GRANT SELECT ON app.names TO pair_reader;

-- pair: another condition
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE VIEW app.names AS SELECT name FROM app.item WHERE id > 0;
-- after
CREATE VIEW app.names AS SELECT name FROM app.item WHERE id < 0;

-- pair: a column at the end
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE VIEW app.names AS SELECT name FROM app.item;
-- after
CREATE VIEW app.names AS SELECT name, id FROM app.item;

-- pair: a column in the middle, with grants
-- both
CREATE TABLE app.item (id int, name text, v int);
-- before
CREATE VIEW app.names AS SELECT id, v FROM app.item;
GRANT SELECT ON app.names TO pair_reader;
COMMENT ON VIEW app.names IS 'x';
-- after
CREATE VIEW app.names AS SELECT id, name, v FROM app.item;
GRANT SELECT ON app.names TO pair_reader;
COMMENT ON VIEW app.names IS 'x';

-- pair: the type of a column
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE VIEW app.names AS SELECT id FROM app.item;
-- after
CREATE VIEW app.names AS SELECT id::bigint AS id FROM app.item;

-- pair: the name of a column
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE VIEW app.names AS SELECT name FROM app.item;
-- after
CREATE VIEW app.names AS SELECT name AS title FROM app.item;

-- pair: options
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE VIEW app.names WITH (security_barrier) AS SELECT name FROM app.item;
-- after
CREATE VIEW app.names WITH (security_invoker = true) AS SELECT name FROM app.item;

-- pair: a check option
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE VIEW app.names AS SELECT id FROM app.item WHERE id > 0;
-- after
CREATE VIEW app.names AS SELECT id FROM app.item WHERE id > 0 WITH LOCAL CHECK OPTION;

-- pair: a default of a view's column
-- both
CREATE TABLE app.item (id int, name text);
CREATE VIEW app.names AS SELECT id, name FROM app.item;
-- after
ALTER VIEW app.names ALTER COLUMN name SET DEFAULT 'nobody';

-- pair: views upon views
-- both
CREATE TABLE app.item (id int, name text);
-- after
CREATE VIEW app.z AS SELECT id, name FROM app.item;
CREATE VIEW app.m AS SELECT name FROM app.z;
CREATE VIEW app.a AS SELECT count(*) AS n FROM app.m;

-- pair: a view under views
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE VIEW app.z AS SELECT id, name FROM app.item;
CREATE VIEW app.m AS SELECT name FROM app.z;
CREATE VIEW app.a AS SELECT count(*) AS n FROM app.m;
-- after
CREATE VIEW app.z AS SELECT name FROM app.item;
CREATE VIEW app.m AS SELECT name FROM app.z;
CREATE VIEW app.a AS SELECT count(*) AS n FROM app.m;

-- pair: a view becomes a materialized one
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE VIEW app.names AS SELECT name FROM app.item;
-- after
CREATE MATERIALIZED VIEW app.names AS SELECT name FROM app.item;

-- pair: a recursive view, a window, a set of values
-- both
CREATE TABLE app.item (id int, name text);
-- after
CREATE VIEW app.tree AS WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 10) SELECT n FROM t;
CREATE VIEW app.ranked AS SELECT id, rank() OVER (PARTITION BY name ORDER BY id DESC) AS r FROM app.item;
CREATE VIEW app.joined AS SELECT i.id, v.x FROM app.item i LEFT JOIN LATERAL (SELECT i.id * 2 AS x) v ON true;

-- pair: a view of a function that returns rows
-- both
CREATE TABLE app.item (id int, name text);
-- after
CREATE FUNCTION app.items() RETURNS SETOF app.item LANGUAGE sql STABLE AS 'SELECT * FROM app.item';
CREATE VIEW app.seen AS SELECT id, name FROM app.items();

-- pair: a function of a view's rows
-- both
CREATE TABLE app.item (id int, name text);
-- after
CREATE VIEW app.seen AS SELECT id, name FROM app.item;
CREATE FUNCTION app.first_seen() RETURNS app.seen LANGUAGE sql STABLE AS 'SELECT * FROM app.seen LIMIT 1';

-- pair: a materialized view
-- both
CREATE TABLE app.item (id int, name text);
-- after
CREATE MATERIALIZED VIEW app.totals WITH (fillfactor = 80) AS SELECT name, count(*) AS n FROM app.item GROUP BY name;
CREATE UNIQUE INDEX totals_name ON app.totals (name);
ALTER MATERIALIZED VIEW app.totals CLUSTER ON totals_name;
COMMENT ON MATERIALIZED VIEW app.totals IS 'how many';
COMMENT ON COLUMN app.totals.n IS 'so many';

-- pair: another query of a materialized view
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE MATERIALIZED VIEW app.totals AS SELECT name, count(*) AS n FROM app.item GROUP BY name;
CREATE UNIQUE INDEX totals_name ON app.totals (name);
GRANT SELECT ON app.totals TO pair_reader;
-- after
CREATE MATERIALIZED VIEW app.totals AS SELECT name, sum(id) AS n FROM app.item GROUP BY name;
CREATE UNIQUE INDEX totals_name ON app.totals (name);
GRANT SELECT ON app.totals TO pair_reader;

-- pair: a materialized view under a view
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE MATERIALIZED VIEW app.totals AS SELECT name, count(*) AS n FROM app.item GROUP BY name;
CREATE VIEW app.best AS SELECT name FROM app.totals WHERE n > 1;
-- after
CREATE MATERIALIZED VIEW app.totals AS SELECT name, count(*) AS n, min(id) AS first FROM app.item GROUP BY name;
CREATE VIEW app.best AS SELECT name FROM app.totals WHERE n > 1;

-- pair: a materialized view that nobody filled
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE MATERIALIZED VIEW app.totals AS SELECT name FROM app.item WITH NO DATA;
-- after
CREATE MATERIALIZED VIEW app.totals AS SELECT name FROM app.item;

-- pair: columns of a materialized view
-- both
CREATE TABLE app.item (id int, name text);
CREATE MATERIALIZED VIEW app.totals AS SELECT id, name FROM app.item;
-- before
ALTER MATERIALIZED VIEW app.totals ALTER name SET STORAGE EXTERNAL;
-- after
ALTER MATERIALIZED VIEW app.totals ALTER id SET STATISTICS 50, ALTER name SET COMPRESSION pglz;

-- pair: an owner
-- both
CREATE TABLE app.item (id int, name text);
CREATE VIEW app.names AS SELECT name FROM app.item;
CREATE MATERIALIZED VIEW app.totals AS SELECT id, name FROM app.item;
-- after
ALTER VIEW app.names OWNER TO pair_owner;
ALTER MATERIALIZED VIEW app.totals OWNER TO pair_owner;

-- pair: a star
-- before
CREATE TABLE app.item (id int, name text);
CREATE VIEW app.everything AS SELECT * FROM app.item;
-- after
CREATE TABLE app.item (id int, name text, extra int);
CREATE VIEW app.everything AS SELECT * FROM app.item;

-- pair: a view with triggers and rules
-- both
CREATE TABLE app.item (id int, name text);
CREATE FUNCTION app.instead() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
-- before
CREATE VIEW app.names AS SELECT name, id FROM app.item;
CREATE TRIGGER put INSTEAD OF INSERT ON app.names FOR EACH ROW EXECUTE FUNCTION app.instead();
CREATE RULE gone AS ON DELETE TO app.names DO INSTEAD NOTHING;
-- after
CREATE VIEW app.names AS SELECT name FROM app.item;
CREATE TRIGGER put INSTEAD OF INSERT OR UPDATE ON app.names FOR EACH ROW EXECUTE FUNCTION app.instead();
CREATE RULE gone AS ON DELETE TO app.names DO INSTEAD NOTHING;

-- pair: a view whose column goes with the table's
-- before
CREATE TABLE app.item (id int, name text, extra int);
CREATE VIEW app.seen AS SELECT id, name, extra FROM app.item;
-- after
CREATE TABLE app.item (id int, name text);
CREATE VIEW app.seen AS SELECT id, name FROM app.item;

-- pair: a view in another schema
-- both
CREATE SCHEMA app_two;
CREATE TABLE app.item (id int, name text);
-- before
CREATE VIEW app.seen AS SELECT id FROM app.item;
-- after
CREATE VIEW app_two.seen AS SELECT id FROM app.item;

-- pair: views that exchange their queries
-- both
CREATE TABLE app.item (id int, name text);
-- before
CREATE VIEW app.a AS SELECT id FROM app.item;
CREATE VIEW app.b AS SELECT name FROM app.item;
-- after
CREATE VIEW app.a AS SELECT name FROM app.item;
CREATE VIEW app.b AS SELECT id FROM app.item;
