CREATE SCHEMA stars;

CREATE TABLE stars.item (id integer NOT NULL, name text, CONSTRAINT item_pkey PRIMARY KEY (id));

COMMENT ON TABLE stars.item IS 'made by a migration';

CREATE VIEW stars.everything AS SELECT * FROM stars.item WHERE id > 0;

CREATE MATERIALIZED VIEW stars.kept AS SELECT item.*, id * 2 AS twice FROM stars.item;
