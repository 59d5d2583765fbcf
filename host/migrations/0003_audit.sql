-- The audit log: what happened to each heal, append-only, each row sealed with a hash over the row before it.
-- A heal has a transaction for each attempt, and one end.
CREATE TABLE tenon.audit (
    seq      bigint      PRIMARY KEY,
    heal     uuid        NOT NULL,
    event    text        NOT NULL CHECK (event IN ('started', 'transaction', 'retried', 'succeeded', 'failed', 'cancelled')),
    attempt  integer     NOT NULL DEFAULT 1 CHECK (attempt > 0),
    at       timestamptz NOT NULL,
    body     text        NOT NULL,
    previous text        NOT NULL UNIQUE,
    hash     text        NOT NULL UNIQUE,
    UNIQUE (heal, event, attempt)
);

CREATE UNIQUE INDEX audit_ends_once ON tenon.audit (heal) WHERE event IN ('succeeded', 'failed', 'cancelled');

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
