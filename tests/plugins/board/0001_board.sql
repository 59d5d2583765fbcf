-- What is pinned to the board.
CREATE SCHEMA board;

CREATE TABLE board.note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text NOT NULL,
    writer text NOT NULL
);
