-- Notes, one line each.
CREATE SCHEMA notes;

CREATE TABLE notes.note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    text text NOT NULL CHECK (text <> ''),
    written_at timestamptz NOT NULL DEFAULT now()
);
