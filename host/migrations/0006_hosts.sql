-- The hosts that serve this database: a row each, which it renews every few seconds and removes when it stops. One
-- that has died is seen by its silence. The times are the server's: no clock of a host counts.
CREATE TABLE tenon.host (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL,
    version    text        NOT NULL,
    url        text,
    started_at timestamptz NOT NULL,
    last_seen  timestamptz NOT NULL,
    plugins    text        NOT NULL,
    verdict    text,
    checked_at timestamptz,
    -- When it last read the catalog itself, and what nothing has changed since by.
    read_at    timestamptz,
    token      text
);
