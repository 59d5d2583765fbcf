CREATE SCHEMA commits_hidden;

CREATE TABLE commits_hidden.thing (id bigint PRIMARY KEY);

CREATE PROCEDURE commits_hidden.now() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;

CALL commits_hidden.now();
