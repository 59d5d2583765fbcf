-- pair: a configuration
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = simple, STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH CONFIGURATION app.words (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION app.words ADD MAPPING FOR asciiword, word WITH app.plain, english_stem;
COMMENT ON TEXT SEARCH DICTIONARY app.plain IS 'plain';
COMMENT ON TEXT SEARCH CONFIGURATION app.words IS 'words';

-- pair: mappings
-- both
CREATE TEXT SEARCH CONFIGURATION app.words (PARSER = default);
-- before
ALTER TEXT SEARCH CONFIGURATION app.words ADD MAPPING FOR asciiword WITH simple;
ALTER TEXT SEARCH CONFIGURATION app.words ADD MAPPING FOR email WITH simple;
-- after
ALTER TEXT SEARCH CONFIGURATION app.words ADD MAPPING FOR asciiword WITH english_stem, simple;
ALTER TEXT SEARCH CONFIGURATION app.words ADD MAPPING FOR url, host WITH simple;

-- pair: options of a dictionary
-- before
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = simple, STOPWORDS = english);
-- after
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = simple, ACCEPT = false);

-- pair: another template
-- before
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = simple);
-- after
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = snowball, LANGUAGE = german, STOPWORDS = german);

-- pair: owners
-- both
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION app.words (PARSER = default);
-- after
ALTER TEXT SEARCH DICTIONARY app.plain OWNER TO pair_owner;
ALTER TEXT SEARCH CONFIGURATION app.words OWNER TO pair_owner;

-- pair: a configuration that an index uses
-- both
CREATE TABLE app.item (v text);
-- after
CREATE TEXT SEARCH CONFIGURATION app.words (COPY = english);
CREATE INDEX ON app.item USING gin (to_tsvector('app.words', v));

-- pair: a dictionary of a configuration goes
-- both
CREATE TEXT SEARCH CONFIGURATION app.words (PARSER = default);
-- before
CREATE TEXT SEARCH DICTIONARY app.plain (TEMPLATE = simple);
ALTER TEXT SEARCH CONFIGURATION app.words ADD MAPPING FOR asciiword WITH app.plain;
-- after
ALTER TEXT SEARCH CONFIGURATION app.words ADD MAPPING FOR asciiword WITH simple;

-- pair: names that need quotes
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TEXT SEARCH DICTIONARY app."Plain (one)" (TEMPLATE = simple);
CREATE TEXT SEARCH CONFIGURATION app."My ""words""" (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION app."My ""words""" ADD MAPPING FOR asciiword WITH app."Plain (one)";
