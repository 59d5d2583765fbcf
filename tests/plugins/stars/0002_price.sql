CREATE FUNCTION stars.price(item integer) RETURNS numeric LANGUAGE sql IMMUTABLE AS 'SELECT item * 1.5';
