-- pair: a partition
-- both
CREATE TABLE app.m (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
-- after
CREATE TABLE app.m_2 PARTITION OF app.m FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');

-- pair: a partitioned table
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.m (id int NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE app.m_rest PARTITION OF app.m DEFAULT;
CREATE INDEX ON app.m (at);

-- pair: a list
-- both
CREATE TABLE app.m (id int, kind text) PARTITION BY LIST (kind);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES IN ('1', '2');
-- before
CREATE TABLE app.m_2 PARTITION OF app.m FOR VALUES IN ('3');
-- after
CREATE TABLE app.m_2 PARTITION OF app.m FOR VALUES IN ('3', '4', NULL);

-- pair: a hash
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.m (id int) PARTITION BY HASH (id);
CREATE TABLE app.m_0 PARTITION OF app.m FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES WITH (MODULUS 2, REMAINDER 1);

-- pair: a default partition
-- both
CREATE TABLE app.m (id int) PARTITION BY LIST (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES IN (1);
-- after
CREATE TABLE app.m_rest PARTITION OF app.m DEFAULT;

-- pair: parts of parts
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.m (id int, kind text) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10) PARTITION BY LIST (kind);
CREATE TABLE app.m_1_a PARTITION OF app.m_1 FOR VALUES IN ('1', '2', '3');
CREATE TABLE app.m_1_rest PARTITION OF app.m_1 DEFAULT;
CREATE INDEX m_id ON app.m (id);

-- pair: bounds
-- both
CREATE TABLE app.m (id int) PARTITION BY RANGE (id);
-- before
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (20);

-- pair: bounds that exchange
-- both
CREATE TABLE app.m (id int) PARTITION BY RANGE (id);
-- before
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
CREATE TABLE app.m_2 PARTITION OF app.m FOR VALUES FROM (10) TO (20);
-- after
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (5);
CREATE TABLE app.m_2 PARTITION OF app.m FOR VALUES FROM (5) TO (20);

-- pair: a part is cut off
-- both
CREATE TABLE app.m (id int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
CREATE TABLE app.m_2 (id int);
-- before
ALTER TABLE app.m ATTACH PARTITION app.m_2 FOR VALUES FROM (10) TO (20);
-- rows
INSERT INTO app.m_1 VALUES (1);
INSERT INTO app.m_2 VALUES (11);

-- pair: a column of all parts
-- both
CREATE TABLE app.m (id int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
CREATE TABLE app.m_2 PARTITION OF app.m FOR VALUES FROM (10) TO (20);
-- after
ALTER TABLE app.m ADD COLUMN v int NOT NULL DEFAULT 3;

-- pair: the type of a column of all parts
-- before
CREATE TABLE app.m (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
CREATE TABLE app.m (id int, v bigint) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);

-- pair: NOT NULL of all parts
-- both
CREATE TABLE app.m (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
ALTER TABLE app.m ALTER v SET NOT NULL;

-- pair: a default of one part
-- both
CREATE TABLE app.m (id int, v int DEFAULT 1) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
ALTER TABLE ONLY app.m_1 ALTER v SET DEFAULT 2;

-- pair: a key
-- both
CREATE TABLE app.m (id int NOT NULL, v int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
ALTER TABLE app.m ADD PRIMARY KEY (id);

-- pair: another key
-- both
CREATE TABLE app.m (id int NOT NULL, v int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- before
ALTER TABLE app.m ADD CONSTRAINT k PRIMARY KEY (id);
-- after
ALTER TABLE app.m ADD CONSTRAINT k PRIMARY KEY (v, id);

-- pair: an index
-- both
CREATE TABLE app.m (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
CREATE TABLE app.m_2 PARTITION OF app.m FOR VALUES FROM (10) TO (20) PARTITION BY LIST (v);
CREATE TABLE app.m_2_1 PARTITION OF app.m_2 DEFAULT;
-- before
CREATE INDEX m_v ON app.m (v);
-- after
CREATE INDEX m_v ON app.m (v DESC);

-- pair: an index of one part
-- both
CREATE TABLE app.m (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
CREATE INDEX m_1_only ON app.m_1 (v);

-- pair: an index that parts had
-- both
CREATE TABLE app.m (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
CREATE INDEX m_1_v ON app.m_1 (v);
-- after
CREATE INDEX m_v ON app.m (v);

-- pair: a check of all parts
-- both
CREATE TABLE app.m (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
ALTER TABLE app.m ADD CONSTRAINT positive CHECK (v > 0);
ALTER TABLE app.m_1 ADD CONSTRAINT small CHECK (v < 100);

-- pair: a foreign key of all parts
-- both
CREATE TABLE app.a (id int PRIMARY KEY);
CREATE TABLE app.m (id int, of_a int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
ALTER TABLE app.m ADD FOREIGN KEY (of_a) REFERENCES app.a;

-- pair: a foreign key to a partitioned table
-- both
CREATE TABLE app.m (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
CREATE TABLE app.b (of_m int);
-- after
ALTER TABLE app.b ADD FOREIGN KEY (of_m) REFERENCES app.m ON DELETE CASCADE;

-- pair: a trigger of all parts
-- both
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TABLE app.m (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
CREATE TRIGGER touch BEFORE INSERT ON app.m FOR EACH ROW EXECUTE FUNCTION app.touch();

-- pair: a policy, grants and an owner of one part
-- both
CREATE TABLE app.m (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
ALTER TABLE app.m_1 ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON app.m_1 USING (v > 0);
GRANT SELECT ON app.m_1 TO pair_reader;
ALTER TABLE app.m_1 OWNER TO pair_owner;
COMMENT ON TABLE app.m_1 IS 'the first';

-- pair: an identity of all parts (from 17)
-- both
CREATE TABLE app.m (id int, v int) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
ALTER TABLE app.m ADD COLUMN no bigint GENERATED ALWAYS AS IDENTITY;

-- pair: a partition goes with its rows
-- both
CREATE TABLE app.m (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (2);
-- before
CREATE TABLE app.m_2 PARTITION OF app.m FOR VALUES FROM (2) TO (10);

-- pair: an expression as key
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.m (name text, n int) PARTITION BY RANGE (lower(name) COLLATE "C", n);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (MINVALUE, MINVALUE) TO ('m', MAXVALUE);
CREATE TABLE app.m_2 PARTITION OF app.m FOR VALUES FROM ('m', MAXVALUE) TO (MAXVALUE, MAXVALUE);

-- pair: a partition with columns in another order
-- both
CREATE TABLE app.m (a int, b text) PARTITION BY RANGE (a);
CREATE TABLE app.m_1 PARTITION OF app.m FOR VALUES FROM (0) TO (10);
-- after
CREATE TABLE app.m_2 (b text, a int);
ALTER TABLE app.m ATTACH PARTITION app.m_2 FOR VALUES FROM (10) TO (20);
