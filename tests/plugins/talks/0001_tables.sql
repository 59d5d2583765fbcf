CREATE SCHEMA talks;

CREATE TABLE talks.thing (id bigint PRIMARY KEY);

DO $$ BEGIN RAISE WARNING 'there were % things', 7; END $$;
