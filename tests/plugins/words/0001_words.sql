CREATE EXTENSION IF NOT EXISTS citext;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE SCHEMA words;

CREATE TABLE words.word (
    spelled citext NOT NULL DEFAULT 'none'::citext,
    also citext[],
    note text,
    CONSTRAINT word_pkey PRIMARY KEY (spelled),
    CONSTRAINT word_not_x CHECK (spelled <> 'x')
);
CREATE INDEX word_note_idx ON words.word USING gin (note gin_trgm_ops);
CREATE FUNCTION words.same(one citext, other citext) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT one = other';
CREATE VIEW words.alike AS SELECT spelled, similarity(note, 'a') AS how FROM words.word WHERE spelled = 'a';
