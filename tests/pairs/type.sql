-- pair: an enum
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TYPE app.mood AS ENUM ('sad', 'it''s ok', 'happy');
COMMENT ON TYPE app.mood IS 'how it is';
GRANT USAGE ON TYPE app.mood TO pair_reader;
REVOKE USAGE ON TYPE app.mood FROM public;

-- pair: a label at the end
-- before
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE TABLE app.item (mood app.mood);
-- after
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE app.item (mood app.mood);

-- pair: labels at the beginning and in the middle
-- before
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE TABLE app.item (mood app.mood);
-- after
CREATE TYPE app.mood AS ENUM ('awful', 'sad', 'so', 'lala', 'ok');
CREATE TABLE app.item (mood app.mood);
-- rows
INSERT INTO app.item VALUES ('sad'), ('ok');

-- pair: labels in another order
-- before
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE app.item (id int, mood app.mood);
-- after
CREATE TYPE app.mood AS ENUM ('happy', 'sad', 'ok');
CREATE TABLE app.item (id int, mood app.mood);
-- rows
INSERT INTO app.item VALUES (1, 'sad'), (2, 'happy');

-- pair: a label by another name
-- before
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE TABLE app.item (id int, mood app.mood);
-- after
CREATE TYPE app.mood AS ENUM ('sad', 'fine');
CREATE TABLE app.item (id int, mood app.mood);
-- rows
INSERT INTO app.item VALUES (1, 'sad');

-- pair: a label that a default, a check, a view and an index use
-- before
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE TABLE app.item (id int, mood app.mood DEFAULT 'ok' CHECK (mood <> 'sad'));
CREATE INDEX ON app.item (mood) WHERE mood = 'ok';
CREATE VIEW app.good AS SELECT id, mood FROM app.item WHERE mood = 'ok';
-- after
CREATE TYPE app.mood AS ENUM ('ok', 'sad', 'happy');
CREATE TABLE app.item (id int, mood app.mood DEFAULT 'ok' CHECK (mood <> 'sad'));
CREATE INDEX ON app.item (mood) WHERE mood = 'ok';
CREATE VIEW app.good AS SELECT id, mood FROM app.item WHERE mood = 'ok';
-- rows
INSERT INTO app.item VALUES (1, 'ok');

-- pair: a label goes that arrays, functions and composites use
-- before
CREATE TYPE app.mood AS ENUM ('sad', 'ok', 'gone');
CREATE TABLE app.item (id int, moods app.mood[]);
CREATE FUNCTION app.f(app.mood) RETURNS app.mood LANGUAGE sql AS 'SELECT $1';
-- after
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE TABLE app.item (id int, moods app.mood[]);
CREATE FUNCTION app.f(app.mood) RETURNS app.mood LANGUAGE sql AS 'SELECT $1';

-- pair: an enum becomes a domain
-- before
CREATE TYPE app.mood AS ENUM ('sad', 'ok');
CREATE TABLE app.item (id int, mood app.mood);
-- after
CREATE DOMAIN app.mood AS text;
CREATE TABLE app.item (id int, mood app.mood);
-- rows
INSERT INTO app.item VALUES (1, 'sad');

-- pair: a domain
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE DOMAIN app.price AS numeric(10,2) DEFAULT 0 NOT NULL CONSTRAINT positive CHECK (VALUE >= 0) CHECK (VALUE < 1000);
COMMENT ON DOMAIN app.price IS 'euros';
COMMENT ON CONSTRAINT positive ON DOMAIN app.price IS 'no less';
GRANT USAGE ON DOMAIN app.price TO pair_reader;

-- pair: the checks of a domain
-- before
CREATE DOMAIN app.price AS int CONSTRAINT a CHECK (VALUE > 0);
CREATE TABLE app.item (p app.price);
-- after
CREATE DOMAIN app.price AS int CONSTRAINT a CHECK (VALUE >= 0) CONSTRAINT b CHECK (VALUE < 100);
CREATE TABLE app.item (p app.price);

-- pair: default and NOT NULL of a domain
-- before
CREATE DOMAIN app.price AS int DEFAULT 1;
CREATE TABLE app.item (p app.price);
-- after
CREATE DOMAIN app.price AS int DEFAULT 2 NOT NULL;
CREATE TABLE app.item (p app.price);

-- pair: a check of a domain that is not valid
-- before
CREATE DOMAIN app.price AS int;
ALTER DOMAIN app.price ADD CONSTRAINT a CHECK (VALUE > 0) NOT VALID;
CREATE TABLE app.item (p app.price);
-- after
CREATE DOMAIN app.price AS int CONSTRAINT a CHECK (VALUE > 0);
CREATE TABLE app.item (p app.price);

-- pair: the type under a domain
-- before
CREATE DOMAIN app.price AS int CHECK (VALUE > 0);
CREATE TABLE app.item (id int, p app.price DEFAULT 3);
-- after
CREATE DOMAIN app.price AS bigint CHECK (VALUE > 0);
CREATE TABLE app.item (id int, p app.price DEFAULT 3);

-- pair: a domain of a domain
-- both
CREATE TABLE app.item (id int);
-- after
CREATE DOMAIN app.z AS int CHECK (VALUE > 0);
CREATE DOMAIN app.a AS app.z CHECK (VALUE < 100);
ALTER TABLE app.item ADD COLUMN v app.a DEFAULT 5;

-- pair: a domain of a composite, a range, an array
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TYPE app.z AS (a int, b int);
CREATE DOMAIN app.pair AS app.z CHECK ((VALUE).a < (VALUE).b);
CREATE DOMAIN app.days AS daterange CHECK (NOT isempty(VALUE));
CREATE DOMAIN app.list AS int[] CHECK (array_length(VALUE, 1) > 0);

-- pair: a check of a domain that calls a function
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE FUNCTION app.is_mail(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 ~ '@' $$;
CREATE DOMAIN app.mail AS text CHECK (app.is_mail(VALUE));

-- pair: a composite
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TYPE app.address AS (street text COLLATE "C", "zip (code)" varchar(5), at point);
COMMENT ON TYPE app.address IS 'where';
COMMENT ON COLUMN app.address.street IS 'and number';

-- pair: attributes
-- before
CREATE TYPE app.address AS (street text, zip varchar(5));
CREATE FUNCTION app.f(app.address) RETURNS text LANGUAGE sql AS 'SELECT $1.street';
-- after
CREATE TYPE app.address AS (street text, zip varchar(8), city text);
CREATE FUNCTION app.f(app.address) RETURNS text LANGUAGE sql AS 'SELECT $1.street';

-- pair: attributes of a composite that a table uses
-- before
CREATE TYPE app.address AS (street text, zip int);
CREATE TABLE app.item (id int, at app.address);
-- after
CREATE TYPE app.address AS (street text, zip int, city text);
CREATE TABLE app.item (id int, at app.address);

-- pair: the type of an attribute that a table uses
-- before
CREATE TYPE app.address AS (street text, zip int);
CREATE TABLE app.item (id int, at app.address);
-- after
CREATE TYPE app.address AS (street text, zip text);
CREATE TABLE app.item (id int, at app.address);

-- pair: attributes in another order
-- before
CREATE TYPE app.address AS (street text, zip int);
-- after
CREATE TYPE app.address AS (zip int, street text);

-- pair: an attribute of a typed table
-- before
CREATE TYPE app.address AS (street text, zip int);
CREATE TABLE app.item OF app.address;
-- after
CREATE TYPE app.address AS (street text, zip int, city text);
CREATE TABLE app.item OF app.address;

-- pair: an attribute of a typed table has another name
-- before
CREATE TYPE app.address AS (street text, zip int);
CREATE TABLE app.item OF app.address;
-- after
CREATE TYPE app.address AS (street text, code int);
CREATE TABLE app.item OF app.address;

-- pair: the first attribute of a typed table has another name (alone)
-- before
CREATE TYPE app.address AS (street text, zip int);
CREATE TABLE app.item OF app.address;
-- after
CREATE TYPE app.address AS (way text, zip int);
CREATE TABLE app.item OF app.address;

-- pair: a composite of composites
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TYPE app.z AS (a int);
CREATE TYPE app.m AS (z app.z, list app.z[]);
CREATE TYPE app.a AS (m app.m);
CREATE TABLE app.item (id int, a app.a);

-- pair: a composite of a table's rows
-- both
CREATE TABLE app.item (id int, v text);
-- after
CREATE TYPE app.with_more AS (item app.item, more int);

-- pair: a range
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE FUNCTION app.distance(a float8, b float8) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT a - b';
CREATE TYPE app.span AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = app.distance, MULTIRANGE_TYPE_NAME = app.spans);
COMMENT ON TYPE app.span IS 'from to';

-- pair: a range of texts
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TYPE app.words AS RANGE (SUBTYPE = text, COLLATION = "C", SUBTYPE_OPCLASS = text_pattern_ops);
CREATE TABLE app.item (id int, w app.words);

-- pair: the subtype of a range
-- before
CREATE TYPE app.span AS RANGE (SUBTYPE = float8);
-- after
CREATE TYPE app.span AS RANGE (SUBTYPE = numeric);

-- pair: a collation
-- both
CREATE TABLE app.item (id int);
-- after
CREATE COLLATION app.plain (provider = libc, locale = 'C');
COMMENT ON COLLATION app.plain IS 'bytes';
ALTER TABLE app.item ADD COLUMN v text COLLATE app.plain;
CREATE INDEX ON app.item (v COLLATE "POSIX");

-- pair: a collation of ICU (icu)
-- both
CREATE TABLE app.item (id int, v text);
-- before
CREATE COLLATION app.some (provider = icu, locale = 'en');
-- after
CREATE COLLATION app.some (provider = icu, locale = 'de', deterministic = false);
CREATE INDEX ON app.item (v COLLATE app.some);

-- pair: a collation of the builtin provider (from 17)
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE COLLATION app.bytes (provider = builtin, locale = 'C.UTF-8');

-- pair: owners and grants
-- both
CREATE TYPE app.mood AS ENUM ('sad');
CREATE DOMAIN app.d AS int;
CREATE TYPE app.c AS (a int);
CREATE TYPE app.r AS RANGE (SUBTYPE = int);
CREATE COLLATION app.k (provider = libc, locale = 'C');
-- after
ALTER TYPE app.mood OWNER TO pair_owner;
ALTER DOMAIN app.d OWNER TO pair_owner;
ALTER TYPE app.c OWNER TO pair_owner;
GRANT USAGE ON TYPE app.r TO pair_reader;
REVOKE USAGE ON TYPE app.c FROM public;
ALTER COLLATION app.k OWNER TO pair_owner;

-- pair: all kinds of types of one another
-- both
CREATE TABLE app.kept (id int);
-- after
CREATE TYPE app.e AS ENUM ('a', 'b');
CREATE DOMAIN app.d AS app.e CHECK (VALUE <> 'b');
CREATE TYPE app.c AS (d app.d, e app.e[]);
CREATE TYPE app.r AS RANGE (SUBTYPE = app.e);
CREATE DOMAIN app.dc AS app.c;
CREATE TABLE app.item (id int, e app.e DEFAULT 'a', d app.d, c app.c, dc app.dc, es app.e[]);

-- pair: types whose names need quotes
-- both
CREATE TABLE app.item (id int);
-- after
CREATE TYPE app."Mood (now)" AS ENUM ('a', 'b');
CREATE DOMAIN app."say ""x""" AS text DEFAULT 'y';
ALTER TABLE app.item ADD COLUMN m app."Mood (now)" DEFAULT 'a', ADD COLUMN s app."say ""x""";
COMMENT ON TYPE app."Mood (now)" IS 'z';
