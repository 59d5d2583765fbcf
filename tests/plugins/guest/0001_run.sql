CREATE SCHEMA guest;

-- Runs whatever it is given, as a function might that puts SQL together.
CREATE FUNCTION guest.run(tried text) RETURNS text LANGUAGE plpgsql AS $$BEGIN
    EXECUTE tried;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
