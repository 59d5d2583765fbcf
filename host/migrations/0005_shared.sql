-- What the targets of [notify] are told: one message for each change, whichever host saw it. Numbers come in the
-- order of commits, since whoever makes a message holds the row of the cursor. The body is JSON, to the letter.
CREATE TABLE tenon.notification (
    number bigint      PRIMARY KEY,
    id     uuid        NOT NULL UNIQUE,
    source text        NOT NULL UNIQUE,
    event  text        NOT NULL,
    at     timestamptz NOT NULL,
    body   text        NOT NULL
);

-- The one row says how far messages were made: of the audit log, and of the history of the verdict.
CREATE TABLE tenon.notification_cursor (
    id         integer     PRIMARY KEY CHECK (id = 1),
    number     bigint      NOT NULL,
    audit_seq  bigint      NOT NULL,
    verdict_at timestamptz NOT NULL,
    verdict    text
);

-- The targets, the last message that each was looked at for, and the host that delivers to it now.
CREATE TABLE tenon.notification_target (
    name         text   PRIMARY KEY,
    number       bigint NOT NULL,
    holder       text,
    leased_until timestamptz
);

-- What became of a message for a target: tried next at that time, or delivered, or given up.
CREATE TABLE tenon.notification_delivery (
    number       bigint  NOT NULL,
    target       text    NOT NULL,
    attempts     integer NOT NULL DEFAULT 0,
    next_at      timestamptz,
    delivered_at timestamptz,
    error        text,
    PRIMARY KEY (number, target)
);

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
