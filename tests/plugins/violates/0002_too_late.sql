INSERT INTO violates.parent VALUES (1);
