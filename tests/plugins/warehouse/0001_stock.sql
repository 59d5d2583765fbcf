CREATE SCHEMA warehouse;

CREATE TABLE warehouse.stock (
    sku text PRIMARY KEY,
    qty integer NOT NULL CHECK (qty >= 0)
);

INSERT INTO warehouse.stock (sku, qty) VALUES ('bolt', 10);
