CREATE TABLE leaves_settings.second (path text NOT NULL DEFAULT 'x');

INSERT INTO leaves_settings.second VALUES (current_setting('search_path'));
