-- pair: a table
-- both
CREATE TABLE app.kept (id int PRIMARY KEY);
-- after
CREATE TABLE app.item (id bigint PRIMARY KEY, name text NOT NULL DEFAULT 'x', price numeric(10,2) CHECK (price >= 0));
CREATE INDEX item_name ON app.item (name);
COMMENT ON TABLE app.item IS 'what is sold';
COMMENT ON COLUMN app.item.price IS 'in euros';

-- pair: a table of no columns
-- before
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.kept (id int);
CREATE TABLE app.nothing ();

-- pair: a table with everything
-- both
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE app.other (id int PRIMARY KEY);
-- after
CREATE TABLE app.item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    serial_no serial,
    of_other int REFERENCES app.other ON DELETE CASCADE,
    mood app.mood DEFAULT 'ok',
    name text COLLATE "C" NOT NULL UNIQUE,
    doubled int GENERATED ALWAYS AS (length(name) * 2) STORED,
    CHECK (name <> ''),
    EXCLUDE USING btree (of_other WITH =)
);
CREATE UNIQUE INDEX item_lower ON app.item (lower(name)) WHERE mood IS NOT NULL;
CREATE STATISTICS app.item_stats ON of_other, mood FROM app.item;
CREATE TRIGGER touch BEFORE UPDATE OF name ON app.item FOR EACH ROW WHEN (old.name <> new.name) EXECUTE FUNCTION app.touch('a', 'b''c');
CREATE RULE quiet AS ON DELETE TO app.item WHERE old.name = 'x' DO INSTEAD NOTHING;
ALTER TABLE app.item ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON app.item FOR SELECT TO pair_reader USING (mood = 'ok');
GRANT SELECT, UPDATE (name) ON app.item TO pair_reader;
ALTER TABLE app.item OWNER TO pair_owner;

-- pair: a table like one with a dropped column
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.item (gone int, a int, b text);
ALTER TABLE app.item DROP COLUMN gone;

-- pair: two tables, the later refers to the earlier
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.a (id int PRIMARY KEY);
CREATE TABLE app.b (id int PRIMARY KEY, of_a int REFERENCES app.a);

-- pair: two tables, the earlier refers to the later
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.b (id int PRIMARY KEY);
CREATE TABLE app.a (id int PRIMARY KEY, of_b int REFERENCES app.b);

-- pair: two tables that refer to each other
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.a (id int PRIMARY KEY, of_b int);
CREATE TABLE app.b (id int PRIMARY KEY, of_a int REFERENCES app.a);
ALTER TABLE app.a ADD FOREIGN KEY (of_b) REFERENCES app.b DEFERRABLE INITIALLY DEFERRED;

-- pair: a table that refers to itself
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.tree (id int PRIMARY KEY, parent int REFERENCES app.tree);

-- pair: a chain of five tables
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.e (id int PRIMARY KEY);
CREATE TABLE app.d (id int PRIMARY KEY REFERENCES app.e);
CREATE TABLE app.c (id int PRIMARY KEY REFERENCES app.d);
CREATE TABLE app.b (id int PRIMARY KEY REFERENCES app.c);
CREATE TABLE app.a (id int PRIMARY KEY REFERENCES app.b);

-- pair: unlogged
-- before
CREATE TABLE app.item (id int PRIMARY KEY);
-- after
CREATE UNLOGGED TABLE app.item (id int PRIMARY KEY);

-- pair: an unlogged table with a serial
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE UNLOGGED TABLE app.item (id serial PRIMARY KEY);

-- pair: storage options
-- before
CREATE TABLE app.item (id int, t text) WITH (fillfactor = 70, autovacuum_enabled = false);
-- after
CREATE TABLE app.item (id int, t text) WITH (fillfactor = 80, toast.autovacuum_enabled = false);

-- pair: storage options taken back
-- before
CREATE TABLE app.item (id int) WITH (fillfactor = 70);
-- after
CREATE TABLE app.item (id int);

-- pair: replica identity
-- before
CREATE TABLE app.item (id int NOT NULL UNIQUE);
-- after
CREATE TABLE app.item (id int NOT NULL UNIQUE);
ALTER TABLE app.item REPLICA IDENTITY USING INDEX item_id_key;

-- pair: replica identity full and nothing
-- both
CREATE TABLE app.a (id int PRIMARY KEY);
CREATE TABLE app.b (id int PRIMARY KEY);
-- after
ALTER TABLE app.a REPLICA IDENTITY FULL;
ALTER TABLE app.b REPLICA IDENTITY NOTHING;

-- pair: replica identity from one index to another
-- both
CREATE TABLE app.item (a int NOT NULL, b int NOT NULL);
CREATE UNIQUE INDEX item_a ON app.item (a);
CREATE UNIQUE INDEX item_b ON app.item (b);
-- before
ALTER TABLE app.item REPLICA IDENTITY USING INDEX item_a;
-- after
ALTER TABLE app.item REPLICA IDENTITY USING INDEX item_b;

-- pair: replica identity on a new index
-- both
CREATE TABLE app.item (a int NOT NULL, b int NOT NULL);
-- after
CREATE UNIQUE INDEX item_a ON app.item (a);
ALTER TABLE app.item REPLICA IDENTITY USING INDEX item_a;

-- pair: cluster on an index
-- both
CREATE TABLE app.item (a int);
CREATE INDEX item_a ON app.item (a);
-- after
ALTER TABLE app.item CLUSTER ON item_a;

-- pair: row level security
-- both
CREATE TABLE app.item (id int);
-- after
ALTER TABLE app.item ENABLE ROW LEVEL SECURITY;
ALTER TABLE app.item FORCE ROW LEVEL SECURITY;

-- pair: owner
-- both
CREATE TABLE app.item (id serial PRIMARY KEY);
-- after
ALTER TABLE app.item OWNER TO pair_owner;

-- pair: a comment
-- both
CREATE TABLE app.item (id int);
-- before
COMMENT ON TABLE app.item IS 'this';
-- after
COMMENT ON TABLE app.item IS 'that, with ''quotes'' and a \backslash';

-- pair: a comment moved from one column to another
-- both
CREATE TABLE app.item (a text, b text);
-- before
COMMENT ON COLUMN app.item.a IS 'a secret';
-- after
COMMENT ON COLUMN app.item.b IS 'a secret';
-- rows
INSERT INTO app.item VALUES ('token', 'tag'), ('more', 'less');

-- pair: a default moved from one column to another
-- before
CREATE TABLE app.item (a int DEFAULT 7, b int);
-- after
CREATE TABLE app.item (a int, b int DEFAULT 7);
-- rows
INSERT INTO app.item VALUES (1, 2), (3, 4);

-- pair: two columns that have each other's types (alone)
-- before
CREATE TABLE app.item (a int, b bigint);
-- after
CREATE TABLE app.item (a bigint, b int);
-- rows
INSERT INTO app.item VALUES (1, 2), (3, 4);

-- pair: a typed table
-- both
CREATE TYPE app.pair AS (a int, b text);
-- after
CREATE TABLE app.item OF app.pair (a PRIMARY KEY, b DEFAULT 'x');

-- pair: a table becomes one of a type
-- both
CREATE TYPE app.pair AS (a int, b text);
-- before
CREATE TABLE app.item (a int, b text);
-- after
CREATE TABLE app.item OF app.pair;

-- pair: a table in another schema
-- both
CREATE SCHEMA app_two;
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app_two.item (id int PRIMARY KEY, of_kept int);

-- pair: a table becomes a view (alone)
-- both
CREATE TABLE app.base (id int PRIMARY KEY, name text);
-- before
CREATE TABLE app.item (id int, name text);
-- after
CREATE VIEW app.item AS SELECT id, name FROM app.base;

-- pair: a table becomes partitioned (alone)
-- before
CREATE TABLE app.item (id int);
-- after
CREATE TABLE app.item (id int) PARTITION BY RANGE (id);
CREATE TABLE app.item_1 PARTITION OF app.item FOR VALUES FROM (0) TO (100);

-- pair: names that need quotes
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app."Item (old), ""new""" ("Id" int PRIMARY KEY, "a b" text DEFAULT 'x', "c""d" int CHECK ("c""d" > 0), "e(f)" int);
CREATE INDEX "Index (1)" ON app."Item (old), ""new""" ("a b", "c""d" DESC);
COMMENT ON COLUMN app."Item (old), ""new"""."c""d" IS 'quoted';

-- pair: columns whose names need quotes
-- both
CREATE TABLE app."Tab.le" ("select" int);
-- after
ALTER TABLE app."Tab.le" ADD COLUMN "from (x)" int DEFAULT 3;
ALTER TABLE app."Tab.le" ADD COLUMN "A""B" text COLLATE "C";
CREATE INDEX ON app."Tab.le" ("from (x)");
COMMENT ON COLUMN app."Tab.le"."A""B" IS 'x';
GRANT SELECT ("A""B") ON app."Tab.le" TO "Pair's ""role""";

-- pair: names of 63 bytes
-- both
CREATE TABLE app.a23456789012345678901234567890123456789012345678901234567890123 (id int);
-- after
ALTER TABLE app.a23456789012345678901234567890123456789012345678901234567890123 ADD COLUMN b23456789012345678901234567890123456789012345678901234567890123 int UNIQUE DEFAULT NULL;
CREATE INDEX c23456789012345678901234567890123456789012345678901234567890123 ON app.a23456789012345678901234567890123456789012345678901234567890123 (b23456789012345678901234567890123456789012345678901234567890123);
-- rows
INSERT INTO app.a23456789012345678901234567890123456789012345678901234567890123 (id) VALUES (1), (2);

-- pair: names of other alphabets
-- both
CREATE TABLE app."Straße" (id int);
-- after
ALTER TABLE app."Straße" ADD COLUMN "größe" int DEFAULT 0, ADD COLUMN "名前" text;
CREATE VIEW app."Übersicht" AS SELECT "größe", "名前" FROM app."Straße";

-- pair: names that are keywords
-- both
CREATE TABLE app."table" ("user" int, "order" int);
-- after
ALTER TABLE app."table" ADD CONSTRAINT "check" CHECK ("user" > 0), ADD COLUMN "default" int DEFAULT 1;
CREATE INDEX "index" ON app."table" ("order");
CREATE VIEW app."view" AS SELECT "user" FROM app."table";

-- pair: access of many kinds at once
-- both
CREATE TABLE app.a (id int PRIMARY KEY, v text);
CREATE TABLE app.b (id int PRIMARY KEY, v text);
-- before
ALTER TABLE app.a ADD COLUMN old_one int DEFAULT 3;
CREATE INDEX a_v ON app.a (v);
CREATE VIEW app.seen AS SELECT id, v FROM app.a;
-- after
ALTER TABLE app.a ADD COLUMN new_one int DEFAULT 3;
CREATE INDEX a_v ON app.a (v DESC);
CREATE VIEW app.seen AS SELECT id, v, new_one FROM app.a;
ALTER TABLE app.b ALTER v SET NOT NULL, ADD CHECK (v <> '');

-- pair: a part of a table of columns that come, go and change
-- before
CREATE TABLE app.item (id int PRIMARY KEY, a int, b varchar(10), c int NOT NULL, d text DEFAULT 'x');
-- after
CREATE TABLE app.item (id int PRIMARY KEY, a bigint NOT NULL, b varchar(20) DEFAULT 'n', c int, e date);
