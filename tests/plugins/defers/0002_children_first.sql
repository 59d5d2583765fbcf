INSERT INTO defers.child VALUES (1, 1, 1), (2, 2, 2);
INSERT INTO defers.parent VALUES (1), (2);

SET CONSTRAINTS defers.one_at_a_place DEFERRED;
UPDATE defers.child SET place = 2 WHERE id = 1;
UPDATE defers.child SET place = 1 WHERE id = 2;
