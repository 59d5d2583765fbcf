-- The third statement divides by zero.
INSERT INTO fails_late.thing VALUES (1, 10);

CREATE TABLE fails_late.more (id bigint PRIMARY KEY);

UPDATE fails_late.thing
SET size = size / (id - 1);
