-- Events of plugins: written in the transaction of whoever emits them, and taken away in that of whoever has heard them.
-- The times are the server's.
-- Who may emit an event: a plugin, and where it has one, its login role.
CREATE TABLE tenon.event_type (
    name   text PRIMARY KEY,
    plugin text NOT NULL,
    role   text
);

-- Who hears it: a plugin, or the host itself for its webhooks (core). One host at a time delivers to a listener, for as
-- long as it has the lease.
CREATE TABLE tenon.event_listener (
    name         text        NOT NULL,
    plugin       text        NOT NULL,
    -- When a host said last that it has this listener.
    declared_at  timestamptz NOT NULL,
    lease        uuid,
    leased_until timestamptz,
    PRIMARY KEY (name, plugin)
);

CREATE TABLE tenon.event (
    number  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id      uuid        NOT NULL,
    name    text        NOT NULL,
    -- Events of one name and key are heard in the order of their commits; without one there is no order.
    key     text,
    at      timestamptz NOT NULL,
    payload text        NOT NULL
);

CREATE INDEX event_id ON tenon.event (id);

-- What a listener has not heard yet: tried again at that time, or given up.
CREATE TABLE tenon.event_delivery (
    plugin   text        NOT NULL,
    name     text        NOT NULL,
    number   bigint      NOT NULL,
    key      text,
    attempts integer     NOT NULL DEFAULT 0,
    retry_at timestamptz,
    dead_at  timestamptz,
    code     text,
    message  text,
    PRIMARY KEY (plugin, name, number)
);

CREATE INDEX event_delivery_due ON tenon.event_delivery (plugin, name, number) WHERE dead_at IS NULL;
CREATE INDEX event_delivery_retried ON tenon.event_delivery (plugin, name, key, number)
    WHERE retry_at IS NOT NULL AND dead_at IS NULL;
CREATE INDEX event_delivery_number ON tenon.event_delivery (number);

-- Emits an event in the caller's transaction. Whoever emits others of one name and key waits for its end, so that their
-- numbers come in the order of commits.
CREATE FUNCTION tenon.emit(event_name text, event_key text, event_payload text) RETURNS void
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
DECLARE
    made bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM tenon.event_type t
                   WHERE t.name = event_name AND (t.role IS NULL OR t.role = session_user)) THEN
        RAISE EXCEPTION '% is no event that this plugin declares to emit', event_name
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF event_key IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(1702258036, hashtext(event_name || ' ' || event_key));
    END IF;
    INSERT INTO tenon.event (id, name, key, at, payload)
    VALUES (gen_random_uuid(), event_name, event_key, clock_timestamp(), event_payload) RETURNING number INTO made;
    INSERT INTO tenon.event_delivery (plugin, name, number, key)
    SELECT l.plugin, l.name, made, event_key FROM tenon.event_listener l WHERE l.name = event_name;
    PERFORM pg_notify('tenon_events', event_name);
END
$$;

-- Takes deliveries away in the transaction of whoever has heard them: both are kept, or neither. What is not there any
-- more another host has delivered. Whoever calls it has to know the word of the lease, which no plugin does.
CREATE FUNCTION tenon.event_done(done_plugin text, done_name text, done_lease uuid, done bigint[]) RETURNS void
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
DECLARE
    taken integer;
BEGIN
    IF NOT EXISTS (SELECT FROM tenon.event_listener l
                   WHERE l.plugin = done_plugin AND l.name = done_name AND l.lease = done_lease) THEN
        RAISE EXCEPTION 'another host delivers to this listener' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    DELETE FROM tenon.event_delivery d
    WHERE d.plugin = done_plugin AND d.name = done_name AND d.number = ANY (done);
    GET DIAGNOSTICS taken = ROW_COUNT;
    IF taken <> cardinality(done) THEN
        RAISE EXCEPTION 'another host has delivered these events' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END
$$;
