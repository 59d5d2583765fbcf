-- A plugin emits its own events, also where another one calls its function, and none of the caller's then. The session is
-- the caller's; the host says whose function runs. Its message makes a savepoint, takes the role and declares a cursor, and
-- PostgreSQL keeps the text of that message with the cursor until the function returns. What a plugin sends is one statement,
-- and what its functions run can make no savepoint: so no cursor of theirs has a text that begins like this. Of those that
-- call each other the last one's name comes last.
CREATE OR REPLACE FUNCTION tenon.emit(event_name text, event_key text, event_payload text) RETURNS void
    LANGUAGE plpgsql
    SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
DECLARE
    acting text;
    made bigint;
BEGIN
    SELECT coalesce(substring(c.statement FROM '^SAVEPOINT tenon_call_[0-9]; SET LOCAL ROLE "([a-z0-9_]+)"; DECLARE '), '')
    INTO acting FROM pg_cursor() c WHERE c.name ~ '^tenon\.call\.[0-9]$' ORDER BY c.name COLLATE "C" DESC LIMIT 1;
    IF NOT EXISTS (SELECT FROM tenon.event_type t
                   WHERE t.name = event_name AND (t.role IS NULL OR t.role = coalesce(acting, session_user))) THEN
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
