CREATE SCHEMA leaves_settings;

SET LOCAL search_path = leaves_settings;
SET LOCAL work_mem = '7MB';
SET LOCAL session_replication_role = replica;
SELECT set_config('leaves.own', 'x', false);

CREATE TABLE first (id bigint PRIMARY KEY);
CREATE TEMPORARY TABLE kept (id bigint);
DECLARE reader CURSOR FOR SELECT id FROM first;
