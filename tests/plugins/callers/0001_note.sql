CREATE SCHEMA callers;

CREATE TABLE callers.note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text NOT NULL DEFAULT current_setting('tenon.caller', true),
    text text NOT NULL
);

ALTER TABLE callers.note ENABLE ROW LEVEL SECURITY;

CREATE POLICY own ON callers.note USING (owner = current_setting('tenon.caller', true));
