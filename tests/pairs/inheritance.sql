-- pair: a child
-- both
CREATE TABLE app.parent (id int, v text);
-- after
CREATE TABLE app.child (extra int) INHERITS (app.parent);

-- pair: a parent and its child
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.z_parent (id int PRIMARY KEY, v text DEFAULT 'x' CHECK (v <> ''));
CREATE TABLE app.a_child (extra int UNIQUE) INHERITS (app.z_parent);

-- pair: a table becomes a child
-- both
CREATE TABLE app.parent (id int, v text);
-- before
CREATE TABLE app.child (id int, v text, extra int);
-- after
CREATE TABLE app.child (id int, v text, extra int) INHERITS (app.parent);

-- pair: another parent
-- both
CREATE TABLE app.one (id int);
CREATE TABLE app.two (id int);
-- before
CREATE TABLE app.child (id int) INHERITS (app.one);
-- after
CREATE TABLE app.child (id int) INHERITS (app.two);

-- pair: two parents
-- both
CREATE TABLE app.one (id int, a int);
CREATE TABLE app.two (id int, b int);
-- after
CREATE TABLE app.child (c int) INHERITS (app.one, app.two);

-- pair: a column of a parent
-- both
CREATE TABLE app.parent (id int);
CREATE TABLE app.child (extra int) INHERITS (app.parent);
-- after
ALTER TABLE app.parent ADD COLUMN v int DEFAULT 1;

-- pair: the type of a parent's column
-- before
CREATE TABLE app.parent (id int, v int);
CREATE TABLE app.child (extra int) INHERITS (app.parent);
-- after
CREATE TABLE app.parent (id int, v bigint);
CREATE TABLE app.child (extra int) INHERITS (app.parent);

-- pair: a parent's check
-- both
CREATE TABLE app.parent (id int);
CREATE TABLE app.child (extra int) INHERITS (app.parent);
-- before
ALTER TABLE app.parent ADD CONSTRAINT c CHECK (id > 0);
-- after
ALTER TABLE app.parent ADD CONSTRAINT c CHECK (id >= 0);

-- pair: a child's own check
-- both
CREATE TABLE app.parent (id int);
CREATE TABLE app.child (extra int) INHERITS (app.parent);
-- after
ALTER TABLE app.child ADD CONSTRAINT c CHECK (extra > 0);

-- pair: a child's own key
-- before
CREATE TABLE app.parent (id int PRIMARY KEY);
CREATE TABLE app.child (extra int) INHERITS (app.parent);
-- after
CREATE TABLE app.parent (id int PRIMARY KEY);
CREATE TABLE app.child (extra int, PRIMARY KEY (id)) INHERITS (app.parent);

-- pair: a child's key alone
-- both
CREATE TABLE app.parent (id int NOT NULL, CONSTRAINT parent_key UNIQUE (id));
CREATE TABLE app.child () INHERITS (app.parent);
-- before
ALTER TABLE app.child ADD CONSTRAINT child_key UNIQUE (id);
-- after
ALTER TABLE app.child ADD CONSTRAINT child_key UNIQUE (id) DEFERRABLE;

-- pair: a child's index alone
-- both
CREATE TABLE app.parent (id int);
CREATE INDEX parent_id ON app.parent (id);
CREATE TABLE app.child () INHERITS (app.parent);
-- before
CREATE INDEX child_id ON app.child (id);
-- after
CREATE INDEX child_id ON app.child (id DESC);

-- pair: a parent's key alone
-- both
CREATE TABLE app.parent (id int NOT NULL, v int);
CREATE TABLE app.child () INHERITS (app.parent);
CREATE UNIQUE INDEX child_id ON app.child (id);
-- before
ALTER TABLE app.parent ADD CONSTRAINT parent_key UNIQUE (id);
-- after
ALTER TABLE app.parent ADD CONSTRAINT parent_key UNIQUE (id, v);

-- pair: a child's default
-- both
CREATE TABLE app.parent (id int, v int DEFAULT 1);
CREATE TABLE app.child () INHERITS (app.parent);
-- after
ALTER TABLE app.child ALTER v SET DEFAULT 2;

-- pair: a child's NOT NULL
-- both
CREATE TABLE app.parent (id int, v int);
CREATE TABLE app.child () INHERITS (app.parent);
-- after
ALTER TABLE app.child ALTER v SET NOT NULL;

-- pair: a parent's NOT NULL
-- both
CREATE TABLE app.parent (id int, v int);
CREATE TABLE app.child () INHERITS (app.parent);
-- after
ALTER TABLE app.parent ALTER v SET NOT NULL;

-- pair: grandchildren
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TABLE app.a (id int, v int);
CREATE TABLE app.b () INHERITS (app.a);
CREATE TABLE app.c (own int) INHERITS (app.b);
CREATE INDEX ON app.c (own, v);
