CREATE SCHEMA warehouse;

CREATE TABLE warehouse.stock (
    sku text PRIMARY KEY,
    qty integer NOT NULL CHECK (qty >= 0)
);

INSERT INTO warehouse.stock (sku, qty) VALUES ('bolt', 10);

-- Runs whatever it is given, as a function might that puts SQL together.
CREATE FUNCTION warehouse.run(tried text) RETURNS text LANGUAGE plpgsql AS $$BEGIN
    EXECUTE tried;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
