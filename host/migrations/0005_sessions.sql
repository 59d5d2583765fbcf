-- The console's sessions, which all hosts of a database keep together.
-- One row for each login of the last hours. The id is a hash: it begins no session, and the cookie's own id is kept
-- nowhere. What is not known of a session is empty; one that was ended before its time stays, with the time.
CREATE TABLE tenon.session (
    id        uuid        PRIMARY KEY,
    account   text        NOT NULL,
    method    text        NOT NULL,
    since     timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    address   text        NOT NULL,
    agent     text        NOT NULL,
    ended     timestamptz
);

-- The key that seals the cookies, in one row. Whoever knows it can be anybody on the console: row security without a
-- policy keeps the row from all roles but the owner of the table, also where they may read all tables of the schema.
CREATE TABLE tenon.session_key (
    id      smallint    PRIMARY KEY CHECK (id = 1),
    key     bytea       NOT NULL,
    made_at timestamptz NOT NULL
);

ALTER TABLE tenon.session_key ENABLE ROW LEVEL SECURITY;
