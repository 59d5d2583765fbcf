-- pair: an index
-- both
CREATE TABLE app.item (a int, b text);
-- after
CREATE INDEX item_a ON app.item (a);
COMMENT ON INDEX app.item_a IS 'fast';

-- pair: columns and their order
-- both
CREATE TABLE app.item (a int, b text);
-- before
CREATE INDEX i ON app.item (a, b);
-- after
CREATE INDEX i ON app.item (b DESC, a NULLS FIRST);

-- pair: unique
-- both
CREATE TABLE app.item (a int, b text);
-- before
CREATE INDEX i ON app.item (a);
-- after
CREATE UNIQUE INDEX i ON app.item (a) NULLS NOT DISTINCT;

-- pair: a predicate
-- both
CREATE TABLE app.item (a int, b text);
-- before
CREATE INDEX i ON app.item (a) WHERE a > 0;
-- after
CREATE INDEX i ON app.item (a) WHERE b IN ('x', 'y') AND a IS NOT NULL;

-- pair: INCLUDE
-- both
CREATE TABLE app.item (a int, b text);
-- before
CREATE INDEX i ON app.item (a);
-- after
CREATE INDEX i ON app.item (a) INCLUDE (b);

-- pair: an expression
-- both
CREATE TABLE app.item (a int, b text);
-- before
CREATE INDEX i ON app.item (lower(b));
-- after
CREATE INDEX i ON app.item (upper(b), (a + 1));

-- pair: an expression of a function that comes too
-- both
CREATE TABLE app.item (b text);
-- after
CREATE FUNCTION app.fold(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE INDEX i ON app.item (app.fold(b));

-- pair: methods
-- both
CREATE TABLE app.item (a int, b int[], c point, d text);
-- before
CREATE INDEX i ON app.item (a);
CREATE INDEX j ON app.item USING gin (b);
CREATE INDEX k ON app.item USING gist (c);
-- after
CREATE INDEX i ON app.item USING hash (a);
CREATE INDEX j ON app.item (b);
CREATE INDEX k ON app.item USING spgist (c);
CREATE INDEX l ON app.item USING brin (a) WITH (pages_per_range = 16);

-- pair: an operator class and a collation
-- both
CREATE TABLE app.item (d text, e text);
-- before
CREATE INDEX i ON app.item (d, e);
-- after
CREATE INDEX i ON app.item (d text_pattern_ops, e COLLATE "C" DESC);

-- pair: options
-- both
CREATE TABLE app.item (a int);
-- before
CREATE INDEX i ON app.item (a) WITH (fillfactor = 50);
-- after
CREATE INDEX i ON app.item (a) WITH (deduplicate_items = off);

-- pair: statistics of an expression
-- both
CREATE TABLE app.item (a int, b text);
CREATE INDEX i ON app.item (a, lower(b), upper(b));
-- before
ALTER INDEX app.i ALTER COLUMN 2 SET STATISTICS 100;
-- after
ALTER INDEX app.i ALTER COLUMN 3 SET STATISTICS 500;

-- pair: parameters of an operator class
-- both
CREATE TABLE app.item (a tsvector, b tsvector);
-- before
CREATE INDEX i ON app.item USING gist (a tsvector_ops (siglen = 100));
-- after
CREATE INDEX i ON app.item USING gist (a tsvector_ops (siglen = 200), b);

-- pair: parameters of a default operator class
-- both
CREATE TABLE app.item (a tsvector);
-- after
CREATE INDEX i ON app.item USING gist (a tsvector_ops (siglen = 100));

-- pair: parameters of a BRIN operator class
-- both
CREATE TABLE app.item (a int, b int);
-- before
CREATE INDEX i ON app.item USING brin (a int4_minmax_multi_ops (values_per_range = 16));
-- after
CREATE INDEX i ON app.item USING brin (a int4_minmax_multi_ops (values_per_range = 32), b int4_bloom_ops (n_distinct_per_range = 100, false_positive_rate = 0.05));

-- pair: another name
-- both
CREATE TABLE app.item (a int);
-- before
CREATE INDEX this ON app.item (a);
-- after
CREATE INDEX that ON app.item (a);

-- pair: a name that another index had
-- both
CREATE TABLE app.item (a int, b int);
-- before
CREATE INDEX i ON app.item (a);
CREATE INDEX j ON app.item (b);
-- after
CREATE INDEX j ON app.item (a);
CREATE INDEX i ON app.item (b);

-- pair: on a materialized view
-- both
CREATE TABLE app.item (a int);
CREATE MATERIALIZED VIEW app.all_items AS SELECT a FROM app.item;
-- before
CREATE INDEX i ON app.all_items (a);
-- after
CREATE UNIQUE INDEX i ON app.all_items (a);

-- pair: on an expression with quotes and types
-- both
CREATE TABLE app.item (data jsonb, "when" timestamptz);
-- after
CREATE INDEX i ON app.item ((data ->> 'a''b'), (("when" AT TIME ZONE 'UTC')::date));

-- pair: twenty indexes
-- both
CREATE TABLE app.item (a int, b int, c int, d int);
-- after
CREATE INDEX ON app.item (a);
CREATE INDEX ON app.item (b);
CREATE INDEX ON app.item (c);
CREATE INDEX ON app.item (d);
CREATE INDEX ON app.item (a, b);
CREATE INDEX ON app.item (a, c);
CREATE INDEX ON app.item (a, d);
CREATE INDEX ON app.item (b, c);
CREATE INDEX ON app.item (b, d);
CREATE INDEX ON app.item (c, d);
CREATE INDEX ON app.item (d, c, b, a);
