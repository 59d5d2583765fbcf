ALTER TABLE shelf.book DROP COLUMN note;
ALTER TABLE shelf.book ALTER COLUMN pages TYPE bigint;
CREATE INDEX book_title_idx ON shelf.book (title);
DROP TABLE shelf.draft;
