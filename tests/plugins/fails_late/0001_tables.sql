CREATE SCHEMA fails_late;

CREATE TABLE fails_late.thing (id bigint PRIMARY KEY, size integer NOT NULL);
