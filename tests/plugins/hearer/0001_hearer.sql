CREATE SCHEMA hearer;

CREATE TABLE hearer.heard (
    id      bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event   uuid    NOT NULL,
    key     text,
    number  bigint  NOT NULL,
    attempt integer NOT NULL
);
