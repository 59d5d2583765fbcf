-- The audit log: what happened to each heal, append-only, each row sealed with a hash over the row before it.
CREATE TABLE tenon.audit (
    seq      bigint      PRIMARY KEY,
    heal     uuid        NOT NULL,
    event    text        NOT NULL CHECK (event IN ('started', 'transaction', 'succeeded', 'failed')),
    at       timestamptz NOT NULL,
    body     text        NOT NULL,
    previous text        NOT NULL UNIQUE,
    hash     text        NOT NULL UNIQUE,
    UNIQUE (heal, event)
);

CREATE FUNCTION tenon.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON tenon.audit
    FOR EACH STATEMENT EXECUTE FUNCTION tenon.refuse_change();
