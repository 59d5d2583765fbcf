CREATE SCHEMA callers;

CREATE TABLE callers.note (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner text NOT NULL DEFAULT tenon.caller(),
    text text NOT NULL
);

ALTER TABLE callers.note ENABLE ROW LEVEL SECURITY;

CREATE POLICY own ON callers.note USING (owner = (SELECT tenon.caller()));

-- Runs whatever it is given, as a function might that puts SQL together.
CREATE FUNCTION callers.run(tried text) RETURNS text LANGUAGE plpgsql AS $$BEGIN
    EXECUTE tried;
    RETURN 'done';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;

-- Says that somebody else calls, and asks who does.
CREATE FUNCTION callers.forged() RETURNS text LANGUAGE plpgsql AS $$BEGIN
    PERFORM set_config('ten' || 'on.caller', 'eve', false);
    RETURN tenon.caller();
END
$$;
