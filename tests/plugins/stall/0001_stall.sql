CREATE SCHEMA stall;

CREATE TABLE stall.item (
    id integer PRIMARY KEY,
    name text NOT NULL,
    qty integer NOT NULL
);
INSERT INTO stall.item SELECT id, 'item ' || id, id % 17 FROM generate_series(1, 10000) AS id;

CREATE TABLE stall.sale (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    item integer NOT NULL,
    qty integer NOT NULL
);
