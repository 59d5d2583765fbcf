-- The reading of each plugin's part of the database that the last heal verified: what a check compares with.
CREATE TABLE tenon.reading (
    plugin       text        PRIMARY KEY,
    server_major integer     NOT NULL,
    queries      text        NOT NULL,
    descriptors  text        NOT NULL CHECK (descriptors ~ '^[0-9a-f]*$' AND length(descriptors) = 64),
    objects      text        NOT NULL,
    heal         uuid        NOT NULL,
    stored_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);
