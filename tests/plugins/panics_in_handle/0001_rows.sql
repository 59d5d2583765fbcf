-- Rows that are written and have to be gone again.
CREATE SCHEMA panics_in_handle;

CREATE TABLE panics_in_handle.written (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text NOT NULL);
