CREATE SCHEMA leaves_settings;

SET LOCAL search_path = leaves_settings;

CREATE TABLE first (id bigint PRIMARY KEY);
