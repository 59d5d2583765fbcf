-- The ledger: which migrations were applied, with the checksum of the text that was run, and that of its
-- tokens: what is left of it without comments, blanks and line endings.
CREATE SCHEMA tenon;

CREATE TABLE tenon.migration (
    plugin      text        NOT NULL,
    filename    text        NOT NULL,
    checksum    text        NOT NULL CHECK (checksum ~ '^[0-9a-f]*$' AND length(checksum) = 64),
    tokens      text        CHECK (tokens ~ '^[0-9a-f]*$' AND length(tokens) = 64),
    heal        uuid        NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    duration_ms bigint      NOT NULL CHECK (duration_ms >= 0),
    PRIMARY KEY (plugin, filename)
);
