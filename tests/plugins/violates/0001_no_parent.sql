CREATE SCHEMA violates;

CREATE TABLE violates.parent (id integer PRIMARY KEY);

CREATE TABLE violates.child (
    id     integer PRIMARY KEY,
    parent integer NOT NULL REFERENCES violates.parent (id) DEFERRABLE INITIALLY DEFERRED
);

INSERT INTO violates.child VALUES (1, 1);
