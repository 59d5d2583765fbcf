-- Who calls the route whose transaction this is, by the host's word: NULL where nobody does. No SQL can say it in the
-- host's place. The first message of such a transaction declares a cursor behind its BEGIN, and PostgreSQL keeps the text
-- of that message with the cursor until the transaction ends. The text ends with the caller's id. What a plugin sends,
-- and what its functions run, cannot begin a transaction: so no cursor of theirs has a text that begins like this.
CREATE FUNCTION tenon.caller() RETURNS text
    LANGUAGE plpgsql
    STABLE
    PARALLEL RESTRICTED
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    begun pg_catalog.text;
BEGIN
    SELECT c.statement INTO begun FROM pg_catalog.pg_cursor() c
    WHERE c.name = 'tenon.caller' AND c.statement LIKE 'BEGIN READ %' AND NOT c.is_holdable
      AND c.creation_time = transaction_timestamp();
    IF FOUND THEN
        RETURN convert_from(decode(substring(begun FROM '--([0-9a-f]+)$'), 'hex'), 'UTF8');
    END IF;
    -- The host then sends a statement that went without a transaction once more, in one.
    IF current_setting('tenon.caller', true) <> '' THEN
        RAISE EXCEPTION 'who calls was not said by the host in this transaction'
            USING ERRCODE = 'TNC01', HINT = 'The setting tenon.caller is the host''s, and so is the cursor of that name.';
    END IF;
    RETURN NULL;
END
$$;
