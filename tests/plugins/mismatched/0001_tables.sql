CREATE SCHEMA mismatched;

CREATE TABLE mismatched.thing (id bigint PRIMARY KEY, size integer NOT NULL);
