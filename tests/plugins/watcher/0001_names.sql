-- tenon:requires stars/0001_item.sql
CREATE SCHEMA watcher;

CREATE VIEW watcher.names AS SELECT id, name FROM stars.item;
