-- Makes the checks that were put off, and has each constraint again as it was made: the initially deferred put
-- off, the others not. By their names: ALL would hold for what later migrations make, and nothing undoes that
-- but a rollback. A name that a constraint shares with one that is not initially deferred cannot be put off
-- again; that of a schema which the role may not use can neither be named.
DO $$
DECLARE
    made text;
    put_off text;
BEGIN
    SELECT pg_catalog.string_agg(name, ', '), pg_catalog.string_agg(name, ', ') FILTER (WHERE deferred)
    INTO made, put_off
    FROM (SELECT pg_catalog.format('%I.%I', n.nspname, c.conname) AS name,
                 NOT EXISTS (SELECT FROM pg_catalog.pg_constraint o
                             WHERE o.connamespace = c.connamespace AND o.conname = c.conname
                               AND NOT o.condeferred) AS deferred
          FROM pg_catalog.pg_constraint c
          JOIN pg_catalog.pg_namespace n ON n.oid = c.connamespace
          WHERE c.condeferrable AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
            AND NOT pg_catalog.pg_is_other_temp_schema(n.oid)) AS found;
    IF made IS NOT NULL THEN
        EXECUTE pg_catalog.concat('SET CONSTRAINTS ', made, ' IMMEDIATE');
    END IF;
    IF put_off IS NOT NULL THEN
        EXECUTE pg_catalog.concat('SET CONSTRAINTS ', put_off, ' DEFERRED');
    END IF;
END
$$
