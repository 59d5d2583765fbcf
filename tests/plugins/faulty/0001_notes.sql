-- Notes, and a table that is declared nowhere.
CREATE SCHEMA faulty;

CREATE TYPE faulty.state AS ENUM ('open', 'done');

CREATE TABLE faulty.note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text NOT NULL,
    state faulty.state NOT NULL,
    due date,
    price money,
    words tsvector
);

CREATE TABLE faulty.forgotten (id bigint);
