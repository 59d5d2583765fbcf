CREATE SCHEMA tower;

CREATE FUNCTION tower.scaled(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 10 * n';
CREATE FUNCTION tower.noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';

CREATE TABLE tower.wing (
    id bigint PRIMARY KEY,
    code varchar(10) NOT NULL UNIQUE
);

-- Its foreign key leads to a table that comes later in the alphabet.
CREATE TABLE tower.floor (
    id bigint PRIMARY KEY,
    wing_id bigint NOT NULL REFERENCES tower.wing (id),
    level integer NOT NULL DEFAULT 1,
    note text,
    CONSTRAINT floor_level CHECK (tower.scaled(level) >= 0)
);
ALTER TABLE tower.wing ADD top_floor bigint REFERENCES tower.floor (id);

-- Parsed when it is made, from a table that comes later in the alphabet than its own kind.
CREATE FUNCTION tower.newest() RETURNS bigint LANGUAGE sql STABLE
    BEGIN ATOMIC SELECT max(wing.id) AS max FROM tower.wing; END;
