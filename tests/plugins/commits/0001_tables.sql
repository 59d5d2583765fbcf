CREATE SCHEMA commits;

CREATE TABLE commits.thing (id bigint PRIMARY KEY);

COMMIT;

CREATE TABLE commits.more (id bigint PRIMARY KEY);
