CREATE SCHEMA defers;

CREATE TABLE defers.parent (id integer PRIMARY KEY);

CREATE TABLE defers.child (
    id     integer PRIMARY KEY,
    parent integer NOT NULL REFERENCES defers.parent (id) DEFERRABLE INITIALLY DEFERRED,
    place  integer NOT NULL,
    CONSTRAINT one_at_a_place UNIQUE (place) DEFERRABLE
);
