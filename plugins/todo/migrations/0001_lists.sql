-- Lists, who else may see each, and what stands on them. Everybody sees their own rows and those of lists that are
-- shared with them: row security goes by tenon.caller(), and FORCE has it hold whoever owns the tables, too.
CREATE SCHEMA todo;

CREATE TABLE todo.list (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    owner text NOT NULL DEFAULT tenon.caller(),
    title text NOT NULL CHECK (title <> ''),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (id, owner)
);

CREATE INDEX list_owner_idx ON todo.list (owner);

-- The owner stands here, too: so the policies of this table ask no other table, and those of lists can ask this one.
CREATE TABLE todo.member (
    list uuid NOT NULL,
    owner text NOT NULL DEFAULT tenon.caller(),
    person text NOT NULL CHECK (person <> ''),
    PRIMARY KEY (list, person),
    FOREIGN KEY (list, owner) REFERENCES todo.list (id, owner) ON DELETE CASCADE,
    CHECK (person <> owner)
);

CREATE INDEX member_person_idx ON todo.member (person);

CREATE TABLE todo.item (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    list uuid NOT NULL REFERENCES todo.list (id) ON DELETE CASCADE,
    author text NOT NULL DEFAULT tenon.caller(),
    text text NOT NULL CHECK (text <> ''),
    done boolean NOT NULL DEFAULT false
);

CREATE INDEX item_list_idx ON todo.item (list);

ALTER TABLE todo.list ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE todo.member ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE todo.item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

CREATE POLICY own ON todo.list USING (owner = (SELECT tenon.caller()));
CREATE POLICY shared ON todo.list FOR SELECT USING (EXISTS (
    SELECT FROM todo.member m WHERE m.list = list.id AND m.person = (SELECT tenon.caller())));

CREATE POLICY own ON todo.member USING (owner = (SELECT tenon.caller()));
CREATE POLICY of_me ON todo.member FOR SELECT USING (person = (SELECT tenon.caller()));
CREATE POLICY leave ON todo.member FOR DELETE USING (person = (SELECT tenon.caller()));

-- Of the lists only those are found that the policies of lists show.
CREATE POLICY of_list ON todo.item USING (EXISTS (SELECT FROM todo.list l WHERE l.id = item.list));
CREATE POLICY signed ON todo.item AS RESTRICTIVE FOR INSERT WITH CHECK (author = (SELECT tenon.caller()));
