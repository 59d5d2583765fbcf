ALTER TABLE stars.item RENAME COLUMN name TO title;
