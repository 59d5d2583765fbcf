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
