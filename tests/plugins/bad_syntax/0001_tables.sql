CREATE SCHEMA bad_syntax;

CREATE TABEL bad_syntax.thing (id bigint);
