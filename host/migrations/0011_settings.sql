-- The settings of plugins that administrators have saved, for all hosts: a row for each plugin, whose version grows by one
-- with each change. By the setting's name, such as "page_size" or "mail.from", with its value. What the configuration of a
-- host sets goes before it. No secret is ever saved.
CREATE TABLE tenon.plugin_settings (
    plugin     text        PRIMARY KEY,
    version    bigint      NOT NULL CHECK (version > 0),
    settings   jsonb       NOT NULL,
    changed_at timestamptz NOT NULL,
    changed_by text        NOT NULL
);
