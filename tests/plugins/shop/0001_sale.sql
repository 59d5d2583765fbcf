CREATE SCHEMA shop;

CREATE TABLE shop.sale (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what text NOT NULL
);

-- Runs whatever it is given, as a function might that puts SQL together.
CREATE FUNCTION shop.run(tried text) RETURNS text LANGUAGE plpgsql AS $$BEGIN
    EXECUTE tried;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
