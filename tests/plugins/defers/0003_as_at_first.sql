-- What the former file put off is as it was made; and nothing that it did waits any more.
ALTER TABLE defers.child ADD COLUMN note text;

DO $$
BEGIN
    INSERT INTO defers.child VALUES (3, 1, 1);
    RAISE 'two are at one place';
EXCEPTION WHEN unique_violation THEN
    NULL;
END
$$;

CREATE TABLE defers.grandchild (child integer NOT NULL REFERENCES defers.child (id) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO defers.grandchild VALUES (3);
INSERT INTO defers.child VALUES (3, 3, 3);
INSERT INTO defers.parent VALUES (3);
