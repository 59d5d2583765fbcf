-- pair: a primary key
-- before
CREATE TABLE app.item (id int NOT NULL);
-- after
CREATE TABLE app.item (id int NOT NULL, PRIMARY KEY (id));

-- pair: a primary key of other columns
-- before
CREATE TABLE app.item (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a));
-- after
CREATE TABLE app.item (a int NOT NULL, b int NOT NULL, PRIMARY KEY (a, b));

-- pair: a primary key by another name
-- before
CREATE TABLE app.item (a int, CONSTRAINT this PRIMARY KEY (a));
-- after
CREATE TABLE app.item (a int, CONSTRAINT that PRIMARY KEY (a));

-- pair: a primary key of other columns that is referred to
-- before
CREATE TABLE app.parent (a int NOT NULL UNIQUE, b int NOT NULL, CONSTRAINT pk PRIMARY KEY (b));
CREATE TABLE app.child (b int REFERENCES app.parent (b));
-- after
CREATE TABLE app.parent (a int NOT NULL UNIQUE, b int NOT NULL, CONSTRAINT pk PRIMARY KEY (b) INCLUDE (a));
CREATE TABLE app.child (b int REFERENCES app.parent (b));

-- pair: a primary key and its identity
-- both
CREATE TABLE app.item (v text);
-- after
ALTER TABLE app.item ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;

-- pair: unique
-- both
CREATE TABLE app.item (a int, b int);
-- after
ALTER TABLE app.item ADD UNIQUE (a), ADD CONSTRAINT ba UNIQUE (b, a) DEFERRABLE INITIALLY DEFERRED;

-- pair: unique with INCLUDE and options
-- before
CREATE TABLE app.item (a int, b int, CONSTRAINT u UNIQUE (a));
-- after
CREATE TABLE app.item (a int, b int, CONSTRAINT u UNIQUE (a) INCLUDE (b) WITH (fillfactor = 70));

-- pair: the options of a key
-- before
CREATE TABLE app.item (a int, CONSTRAINT u UNIQUE (a) WITH (fillfactor = 70));
-- after
CREATE TABLE app.item (a int, CONSTRAINT u UNIQUE (a) WITH (fillfactor = 80));

-- pair: nulls not distinct
-- before
CREATE TABLE app.item (a int, CONSTRAINT u UNIQUE (a));
-- after
CREATE TABLE app.item (a int, CONSTRAINT u UNIQUE NULLS NOT DISTINCT (a));

-- pair: a unique constraint and a unique index
-- before
CREATE TABLE app.item (a int, CONSTRAINT u UNIQUE (a));
-- after
CREATE TABLE app.item (a int);
CREATE UNIQUE INDEX u ON app.item (a);

-- pair: a check
-- both
CREATE TABLE app.item (a int, b int);
-- before
ALTER TABLE app.item ADD CONSTRAINT c CHECK (a > 0);
-- after
ALTER TABLE app.item ADD CONSTRAINT c CHECK (a >= 0 AND b IS NOT NULL), ADD CONSTRAINT d CHECK (a IN (1, 2, 3));

-- pair: a check of an expression that dumps spell otherwise
-- both
CREATE TABLE app.item (sku varchar(5));
-- after
ALTER TABLE app.item ADD CHECK (sku IN ('1', '2', '3')), ADD CHECK (length(sku) BETWEEN 1 AND 3);

-- pair: a check with a function
-- both
CREATE TABLE app.item (a int);
-- after
CREATE FUNCTION app.is_good(int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 > 0';
ALTER TABLE app.item ADD CONSTRAINT good CHECK (app.is_good(a));

-- pair: a check that is not valid
-- both
CREATE TABLE app.item (a int);
-- before
ALTER TABLE app.item ADD CONSTRAINT c CHECK (a > 0) NOT VALID;
-- after
ALTER TABLE app.item ADD CONSTRAINT c CHECK (a > 0);

-- pair: a check that is handed on no more
-- both
CREATE TABLE app.item (a int);
-- before
ALTER TABLE app.item ADD CONSTRAINT c CHECK (a > 0);
-- after
ALTER TABLE app.item ADD CONSTRAINT c CHECK (a > 0) NO INHERIT;

-- pair: a check that is not enforced (from 18)
-- both
CREATE TABLE app.item (a int);
-- before
ALTER TABLE app.item ADD CONSTRAINT c CHECK (a > 0) NOT ENFORCED;
-- after
ALTER TABLE app.item ADD CONSTRAINT c CHECK (a > 0);

-- pair: a foreign key
-- both
CREATE TABLE app.a (id int PRIMARY KEY);
CREATE TABLE app.b (of_a int);
-- after
ALTER TABLE app.b ADD FOREIGN KEY (of_a) REFERENCES app.a;
-- rows
INSERT INTO app.a VALUES (1), (2);
INSERT INTO app.b VALUES (1), (NULL);

-- pair: the actions of a foreign key
-- both
CREATE TABLE app.a (id int PRIMARY KEY, x int, UNIQUE (id, x));
CREATE TABLE app.b (of_a int, x int);
-- before
ALTER TABLE app.b ADD CONSTRAINT fk FOREIGN KEY (of_a) REFERENCES app.a;
-- after
ALTER TABLE app.b ADD CONSTRAINT fk FOREIGN KEY (of_a, x) REFERENCES app.a (id, x) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL (x);
-- rows
INSERT INTO app.a VALUES (1, 1), (2, 2);
INSERT INTO app.b VALUES (1, 1), (NULL, NULL);

-- pair: a foreign key that is deferrable
-- both
CREATE TABLE app.a (id int PRIMARY KEY);
-- before
CREATE TABLE app.b (of_a int, CONSTRAINT fk FOREIGN KEY (of_a) REFERENCES app.a);
-- after
CREATE TABLE app.b (of_a int, CONSTRAINT fk FOREIGN KEY (of_a) REFERENCES app.a DEFERRABLE INITIALLY DEFERRED);

-- pair: a foreign key that is not valid
-- both
CREATE TABLE app.a (id int PRIMARY KEY);
CREATE TABLE app.b (of_a int);
-- before
ALTER TABLE app.b ADD CONSTRAINT fk FOREIGN KEY (of_a) REFERENCES app.a NOT VALID;
-- after
ALTER TABLE app.b ADD CONSTRAINT fk FOREIGN KEY (of_a) REFERENCES app.a;

-- pair: a foreign key to another table
-- both
CREATE TABLE app.a (id int PRIMARY KEY);
CREATE TABLE app.c (id int PRIMARY KEY);
-- before
CREATE TABLE app.b (x int, CONSTRAINT fk FOREIGN KEY (x) REFERENCES app.a);
-- after
CREATE TABLE app.b (x int, CONSTRAINT fk FOREIGN KEY (x) REFERENCES app.c);

-- pair: a foreign key to a key that comes too
-- before
CREATE TABLE app.b (id int NOT NULL);
CREATE TABLE app.a (x int);
-- after
CREATE TABLE app.b (id int NOT NULL PRIMARY KEY);
CREATE TABLE app.a (x int REFERENCES app.b);

-- pair: a foreign key to a table that comes too
-- before
CREATE TABLE app.a (x int);
-- after
CREATE TABLE app.z (id int PRIMARY KEY);
CREATE TABLE app.a (x int, of_z int REFERENCES app.z);

-- pair: a foreign key to a unique index
-- both
CREATE TABLE app.a (id int);
CREATE UNIQUE INDEX a_id ON app.a (id);
CREATE TABLE app.b (of_a int);
-- after
ALTER TABLE app.b ADD FOREIGN KEY (of_a) REFERENCES app.a (id);

-- pair: an index that is referred to
-- before
CREATE TABLE app.a (id int, v int);
CREATE UNIQUE INDEX a_id ON app.a (id);
CREATE TABLE app.b (of_a int REFERENCES app.a (id));
-- after
CREATE TABLE app.a (id int, v int);
CREATE UNIQUE INDEX a_id ON app.a (id) INCLUDE (v);
CREATE TABLE app.b (of_a int REFERENCES app.a (id));

-- pair: a foreign key that is not enforced (from 18)
-- both
CREATE TABLE app.a (id int PRIMARY KEY);
-- before
CREATE TABLE app.b (x int, CONSTRAINT fk FOREIGN KEY (x) REFERENCES app.a NOT ENFORCED);
-- after
CREATE TABLE app.b (x int, CONSTRAINT fk FOREIGN KEY (x) REFERENCES app.a);

-- pair: exclusion
-- both
CREATE TABLE app.item (a int, during tsrange);
-- before
ALTER TABLE app.item ADD CONSTRAINT e EXCLUDE USING btree (a WITH =);
-- after
ALTER TABLE app.item ADD CONSTRAINT e EXCLUDE USING gist (during WITH &&) WHERE (a > 0) DEFERRABLE;

-- pair: WITHOUT OVERLAPS and PERIOD (from 18, alone)
-- both
CREATE EXTENSION btree_gist;
-- before
CREATE TABLE app.a (id int, during tsrange);
CREATE TABLE app.b (id int, during tsrange);
-- after
CREATE TABLE app.a (id int, during tsrange, CONSTRAINT pk PRIMARY KEY (id, during WITHOUT OVERLAPS));
CREATE TABLE app.b (id int, during tsrange, FOREIGN KEY (id, PERIOD during) REFERENCES app.a (id, PERIOD during));

-- pair: comments on constraints
-- both
CREATE TABLE app.item (a int, CONSTRAINT pk PRIMARY KEY (a), CONSTRAINT c CHECK (a > 0));
-- after
COMMENT ON CONSTRAINT pk ON app.item IS 'the key';
COMMENT ON CONSTRAINT c ON app.item IS 'no less';
COMMENT ON INDEX app.pk IS 'its index';

-- pair: a check by another name
-- before
CREATE TABLE app.item (a int, CONSTRAINT c CHECK (a > 0));
-- after
CREATE TABLE app.item (a int, CONSTRAINT d CHECK (a > 0));

-- pair: constraints whose names need quotes
-- before
CREATE TABLE app.item (a int, b int);
-- after
CREATE TABLE app.item (a int, b int, CONSTRAINT "a (is) ""good""" CHECK (a > 0), CONSTRAINT "U.b" UNIQUE (b));
COMMENT ON CONSTRAINT "a (is) ""good""" ON app.item IS 'x';

-- pair: a column and the constraints on it
-- before
CREATE TABLE app.item (a int, b int, CONSTRAINT ab CHECK (a < b OR b IS NULL), CONSTRAINT u UNIQUE (a, b));
-- after
CREATE TABLE app.item (a int);
-- rows before
INSERT INTO app.item VALUES (1, 2), (2, 3);
-- rows after
INSERT INTO app.item VALUES (1), (2);

-- pair: a table in the middle of a chain goes (forwards)
-- before
CREATE TABLE app.a (id int PRIMARY KEY);
CREATE TABLE app.b (id int PRIMARY KEY REFERENCES app.a);
CREATE TABLE app.c (id int PRIMARY KEY REFERENCES app.b);
-- after
CREATE TABLE app.a (id int PRIMARY KEY);
CREATE TABLE app.c (id int PRIMARY KEY REFERENCES app.a);

-- pair: the key of a table becomes another with all that refers to it
-- before
CREATE TABLE app.a (id int PRIMARY KEY, code int NOT NULL UNIQUE);
CREATE TABLE app.b (of_a int REFERENCES app.a (id));
-- after
CREATE TABLE app.a (id int UNIQUE NOT NULL, code int NOT NULL PRIMARY KEY);
CREATE TABLE app.b (of_a int REFERENCES app.a (id));

-- pair: a disabled foreign key (forwards)
-- both
CREATE TABLE app.a (id int PRIMARY KEY);
CREATE TABLE app.b (x int REFERENCES app.a);
-- before
ALTER TABLE app.b DISABLE TRIGGER ALL;
