CREATE TABLE leaves_settings.second (name text PRIMARY KEY, value text);

INSERT INTO leaves_settings.second
SELECT name, current_setting(name, true)
FROM unnest(ARRAY['search_path', 'work_mem', 'session_replication_role', 'leaves.own']) AS name;

INSERT INTO leaves_settings.second VALUES ('kept', to_regclass('pg_temp.kept')::text);

-- A cursor that is still open would keep it from being changed.
ALTER TABLE leaves_settings.first ADD COLUMN note text;
