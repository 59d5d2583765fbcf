CREATE SCHEMA shelf;
CREATE TYPE shelf.state AS ENUM ('in', 'out');
CREATE TABLE shelf.book (
    id bigint PRIMARY KEY,
    title text NOT NULL,
    pages integer NOT NULL,
    note text,
    state shelf.state NOT NULL DEFAULT 'in'
);
CREATE TABLE shelf.draft (id bigint PRIMARY KEY);
