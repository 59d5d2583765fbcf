CREATE SCHEMA "inv";
-- extension citext
CREATE EXTENSION IF NOT EXISTS "citext";
-- extension file_fdw
CREATE EXTENSION IF NOT EXISTS "file_fdw";
-- extension plpgsql
CREATE EXTENSION IF NOT EXISTS "plpgsql" SCHEMA "pg_catalog" VERSION '1.0';
-- foreign server srv
CREATE SERVER "srv" TYPE 't' VERSION '1' FOREIGN DATA WRAPPER "file_fdw";
-- collation inv.german
CREATE COLLATION "inv"."german" (PROVIDER = libc, LOCALE = 'C');
-- enum inv.state
CREATE TYPE "inv"."state" AS ENUM ('new', 'sold');
-- domain inv.sku
CREATE DOMAIN "inv"."sku" AS varchar(25) COLLATE "C" DEFAULT ('x') NOT NULL CONSTRAINT "ok" CHECK (VALUE <> '') CHECK (VALUE IN ('R','D') OR length(VALUE) > 1);
-- composite type inv.pair
CREATE TYPE "inv"."pair" AS ("a" int, "B" text COLLATE "C");
-- range type inv.pricerange
CREATE TYPE "inv"."pricerange" AS RANGE (SUBTYPE = numeric);
-- sequence inv.number
CREATE UNLOGGED SEQUENCE "inv"."number" INCREMENT BY 5;
-- sequence inv.owned
CREATE SEQUENCE "inv"."owned";
-- function inv.one
CREATE FUNCTION "inv"."one"()
RETURNS integer
LANGUAGE "sql"
IMMUTABLE
PARALLEL SAFE
STRICT
LEAKPROOF
COST 7
AS $body$select 1$body$;
-- function inv.one
CREATE FUNCTION "inv"."one"("a" int, "b" inv.state DEFAULT 'new', OUT "r" int)
RETURNS int
LANGUAGE "plpgsql"
STABLE
SECURITY DEFINER
SET "plpgsql.extra_errors" TO none
SET "search_path" TO ''
SET "statement_timeout" TO '10s'
AS $body_1$begin r := $body$ 1 $body$; end$body_1$;
-- function inv.tab
CREATE FUNCTION "inv"."tab"()
RETURNS TABLE (x int, y text)
LANGUAGE "sql"
AS $body$select 1, 'a'$body$;
-- procedure inv."do it"
CREATE PROCEDURE "inv"."do it"(INOUT "a" int)
LANGUAGE "plpgsql"
AS $body$begin a := 1; end$body$;
-- function inv.trg
CREATE FUNCTION "inv"."trg"()
RETURNS trigger
LANGUAGE "plpgsql"
AS $body$begin return new; end$body$;
-- function inv.evt
CREATE FUNCTION "inv"."evt"()
RETURNS event_trigger
LANGUAGE "plpgsql"
AS $body$begin end$body$;
-- function inv.eq
CREATE FUNCTION "inv"."eq"(inv.pair, inv.pair)
RETURNS bool
LANGUAGE "sql"
IMMUTABLE
AS $body$select ($1).a = ($2).a$body$;
-- function inv.ne
CREATE FUNCTION "inv"."ne"(inv.pair, inv.pair)
RETURNS bool
LANGUAGE "sql"
IMMUTABLE
AS $body$select ($1).a <> ($2).a$body$;
-- function inv.hash
CREATE FUNCTION "inv"."hash"(inv.pair)
RETURNS int
LANGUAGE "sql"
IMMUTABLE
AS $body$select ($1).a$body$;
-- function inv.to_int
CREATE FUNCTION "inv"."to_int"(inv.state)
RETURNS int
LANGUAGE "sql"
IMMUTABLE
AS $body$select 1$body$;
-- aggregate inv.total
CREATE AGGREGATE "inv"."total"(int) (SFUNC = int4pl, STYPE = int, INITCOND = '0', PARALLEL = safe, COMBINEFUNC = int4pl);
-- operator inv."==="
CREATE OPERATOR "inv".=== (FUNCTION = inv.eq, LEFTARG = inv.pair, RIGHTARG = inv.pair, COMMUTATOR = OPERATOR("inv".===), NEGATOR = OPERATOR("inv".<<>>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES);
-- operator inv."<<>>"
CREATE OPERATOR "inv".<<>> (FUNCTION = inv.ne, LEFTARG = inv.pair, RIGHTARG = inv.pair, COMMUTATOR = OPERATOR("inv".<<>>), NEGATOR = OPERATOR("inv".===));
-- operator family inv.fam
CREATE OPERATOR FAMILY "inv"."fam" USING "btree";
-- operator family inv.fam
ALTER OPERATOR FAMILY "inv"."fam" USING "btree" ADD FUNCTION 1 (int, bigint) btint48cmp(int, bigint);
-- operator class inv.pair_ops
CREATE OPERATOR CLASS "inv"."pair_ops" DEFAULT FOR TYPE inv.pair USING "hash" AS OPERATOR 1 inv.===(inv.pair, inv.pair), FUNCTION 1 inv.hash(inv.pair);
-- cast inv.state AS int
CREATE CAST (inv.state AS int) WITH FUNCTION inv.to_int(inv.state) AS ASSIGNMENT;
-- cast inv.pair AS varchar
CREATE CAST (inv.pair AS varchar) WITH INOUT;
-- text search dictionary inv.dict
CREATE TEXT SEARCH DICTIONARY "inv"."dict" (TEMPLATE = pg_catalog.simple, accept = false, stopwords = english);
-- text search configuration inv.conf
CREATE TEXT SEARCH CONFIGURATION "inv"."conf" (PARSER = pg_catalog."default");
-- text search configuration inv.conf
ALTER TEXT SEARCH CONFIGURATION "inv"."conf" ADD MAPPING FOR "word", "asciiword" WITH inv.dict, simple;
-- table inv.part
CREATE TABLE "inv"."part" (
    "a" int NOT NULL,
    "b" text,
    PRIMARY KEY ("a")
) PARTITION BY RANGE (a);
-- table inv.two
CREATE TABLE "inv"."two" (
    "a" int,
    "b" int,
    PRIMARY KEY ("a", "b")
);
-- table inv.pairs
CREATE TABLE "inv"."pairs" OF inv.pair;
-- table inv.keyed_pairs
CREATE TABLE "inv"."keyed_pairs" OF inv.pair (
    "B" WITH OPTIONS DEFAULT ('b') NOT NULL,
    PRIMARY KEY ("a")
);
-- column inv.keyed_pairs."B"
ALTER TABLE "inv"."keyed_pairs" ALTER COLUMN "B" SET STORAGE EXTERNAL;
-- table inv.base
CREATE TABLE "inv"."base" (
    "id" int NOT NULL,
    CONSTRAINT "pos" CHECK (id > 0)
);
-- table inv.item
CREATE UNLOGGED TABLE "inv"."item" (
    "id" bigint GENERATED ALWAYS AS IDENTITY NOT NULL,
    "sku" varchar(25) COMPRESSION pglz NOT NULL,
    "name" text COLLATE "C",
    "qty" int DEFAULT (0),
    "price" decimal(12,2) DEFAULT (1e3),
    "st" inv.state DEFAULT ('new'),
    "meta" jsonb DEFAULT ('{"a":1, "b":2}'),
    "ttl" interval DEFAULT (interval '90 days'),
    "tags" text[][],
    "tags_n" int,
    "at" timestamptz DEFAULT (CURRENT_TIMESTAMP) NOT NULL,
    "d" inv.sku DEFAULT (NULL),
    "g" text GENERATED ALWAYS AS (CASE WHEN sku IN ('R','D') THEN 'x' END) STORED,
    PRIMARY KEY ("id") INCLUDE ("qty"),
    CONSTRAINT "item_sku_key" UNIQUE ("sku"),
    CHECK (sku IN ('R','D') AND qty BETWEEN 1 AND 10 AND name LIKE 'a%')
) WITH ("fillfactor" = '70', "toast"."autovacuum_enabled" = 'false');
-- column inv.item.sku
ALTER TABLE "inv"."item" ALTER COLUMN "sku" SET STORAGE EXTERNAL;
-- column inv.item.sku
ALTER TABLE "inv"."item" ALTER COLUMN "sku" SET STATISTICS 500;
-- column inv.item.sku
ALTER TABLE "inv"."item" ALTER COLUMN "sku" SET ("n_distinct" = '-0.5');
-- table inv.far
CREATE FOREIGN TABLE "inv"."far" (
    "a" text OPTIONS ("force_null" 'true')
) SERVER "srv" OPTIONS ("filename" '/dev/null', "format" 'csv');
-- table inv.part_b
CREATE TABLE "inv"."part_b" (
    "b" text,
    "a" int NOT NULL,
    CONSTRAINT "extra" CHECK (b <> '')
);
-- table inv.part_b
ALTER TABLE "inv"."part" ATTACH PARTITION "inv"."part_b" FOR VALUES FROM (10) TO (20);
-- table inv.part_default
CREATE TABLE "inv"."part_default" PARTITION OF "inv"."part" DEFAULT;
-- table inv.child
CREATE TABLE "inv"."child" (
    "more" int
) INHERITS ("inv"."base");
-- constraint later of inv.item
ALTER TABLE "inv"."item" ADD CONSTRAINT "later" CHECK (qty <> 5) NOT VALID;
-- index part_b_idx of inv.part
CREATE INDEX "part_b_idx" ON "inv"."part" USING "btree" (b);
-- index by_name of inv.item
CREATE INDEX "by_name" ON "inv"."item" USING "btree" (name COLLATE "C" DESC, lower(sku) text_pattern_ops) INCLUDE ("qty") WITH ("deduplicate_items" = 'off', "fillfactor" = '50') WHERE (sku IN ('R','D'));
-- index by_st of inv.item
CREATE UNIQUE INDEX "by_st" ON "inv"."item" USING "btree" (st) NULLS NOT DISTINCT;
-- index (meta jsonb_path_ops) of inv.item
CREATE INDEX ON "inv"."item" USING "gin" (meta jsonb_path_ops);
-- index (name) of inv.item
CREATE INDEX ON "inv"."item" USING "hash" (name);
-- index (to_tsvector('simple', name) tsvector_ops (siglen = 64)) of inv.item
CREATE INDEX ON "inv"."item" USING "gist" (to_tsvector('simple', name) tsvector_ops (siglen = 64));
-- foreign key fk of inv.item
ALTER TABLE "inv"."item" ADD CONSTRAINT "fk" FOREIGN KEY ("qty") REFERENCES "inv"."part" MATCH FULL ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED NOT VALID;
-- foreign key of_two of inv.item
ALTER TABLE "inv"."item" ADD CONSTRAINT "of_two" FOREIGN KEY ("qty", "tags_n") REFERENCES "inv"."two" ON DELETE SET NULL ("tags_n");
-- sequence inv.owned owned by inv.item.qty
ALTER SEQUENCE "inv"."owned" OWNED BY "inv"."item"."qty";
-- function inv.rows
CREATE FUNCTION "inv"."rows"(VARIADIC "ids" bigint[])
RETURNS SETOF inv.item
LANGUAGE "sql"
ROWS 17
BEGIN ATOMIC SELECT * FROM inv.item WHERE id = ANY (ids); END;
-- view inv.v
CREATE VIEW "inv"."v" WITH ("check_option" = 'local', "security_barrier" = 'true', "security_invoker" = 'true') AS
SELECT * FROM inv.item WHERE sku IN ('R','D');
-- view inv.w
CREATE VIEW "inv"."w" ("x") AS
WITH RECURSIVE r(n) AS (SELECT 1 UNION SELECT n + 1 FROM r WHERE n < 5) SELECT n FROM r;
-- materialized view inv.m
CREATE MATERIALIZED VIEW "inv"."m" WITH ("fillfactor" = '90') AS
SELECT st, count(*) AS n FROM inv.item GROUP BY st;
-- index m_idx of inv.m
CREATE UNIQUE INDEX "m_idx" ON "inv"."m" USING "btree" (st);
-- trigger pt of inv.part
CREATE TRIGGER "pt" AFTER INSERT ON "inv"."part" FOR EACH ROW EXECUTE FUNCTION "inv"."trg"();
-- statistics st1 of inv.item
CREATE STATISTICS "inv"."st1" (mcv, ndistinct) ON sku, qty FROM "inv"."item";
-- statistics st1 of inv.item
ALTER STATISTICS "inv"."st1" SET STATISTICS 300;
-- statistics st2 of inv.item
CREATE STATISTICS "inv"."st2" ON name, (qty + 1) FROM "inv"."item";
-- trigger t1 of inv.item
CREATE TRIGGER "t1" BEFORE INSERT OR UPDATE OF "qty", "sku" ON "inv"."item" FOR EACH ROW WHEN (NEW.qty > 0 AND NEW.name <> 'FOR EACH ROW WHEN (x) EXECUTE ') EXECUTE FUNCTION "inv"."trg"('it''s', E'b\\c');
-- trigger t1 of inv.item
ALTER TABLE "inv"."item" ENABLE ALWAYS TRIGGER "t1";
-- trigger t2 of inv.item
CREATE TRIGGER "t2" AFTER DELETE ON "inv"."item" REFERENCING OLD TABLE AS "gone" FOR EACH STATEMENT EXECUTE FUNCTION "inv"."trg"();
-- trigger t2 of inv.item
ALTER TABLE "inv"."item" DISABLE TRIGGER "t2";
-- trigger t3 of inv.item
CREATE CONSTRAINT TRIGGER "t3" AFTER UPDATE ON "inv"."item" FROM "inv"."part" DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.qty IS DISTINCT FROM NEW.qty) EXECUTE FUNCTION "inv"."trg"();
-- rule r1 of inv.item
CREATE RULE "r1" AS ON DELETE TO "inv"."item" WHERE (OLD.qty > 5) DO INSTEAD NOTHING;
-- rule r1 of inv.item
ALTER TABLE "inv"."item" DISABLE RULE "r1";
-- policy p1 of inv.item
CREATE POLICY "p1" ON "inv"."item" FOR SELECT TO "reader", "writer" USING (sku IN ('R','D') AND (SELECT current_user) = name);
-- policy p2 of inv.item
CREATE POLICY "p2" ON "inv"."item" AS RESTRICTIVE USING (true) WITH CHECK (qty > 0);
-- table inv.item
ALTER TABLE "inv"."item" REPLICA IDENTITY USING INDEX "item_sku_key";
-- table inv.item
ALTER TABLE "inv"."item" CLUSTER ON "item_sku_key";
-- table inv.item
ALTER TABLE "inv"."item" ENABLE ROW LEVEL SECURITY;
-- table inv.item
ALTER TABLE "inv"."item" FORCE ROW LEVEL SECURITY;
-- trigger vt of inv.v
CREATE TRIGGER "vt" INSTEAD OF INSERT ON "inv"."v" FOR EACH ROW EXECUTE FUNCTION "inv"."trg"();
-- rule vr of inv.v
CREATE RULE "vr" AS ON DELETE TO "inv"."v" DO INSTEAD DELETE FROM inv.item WHERE id = OLD.id;
-- default privileges of keeper in inv
ALTER DEFAULT PRIVILEGES FOR ROLE "keeper" IN SCHEMA "inv" GRANT SELECT ON TABLES TO "reader";
-- default privileges of keeper in inv
ALTER DEFAULT PRIVILEGES FOR ROLE "keeper" IN SCHEMA "inv" GRANT SELECT, UPDATE ON TABLES TO "writer" WITH GRANT OPTION;
-- default privileges of keeper in inv
ALTER DEFAULT PRIVILEGES FOR ROLE "keeper" IN SCHEMA "inv" GRANT EXECUTE ON FUNCTIONS TO "reader";
-- publication pub
CREATE PUBLICATION "pub" FOR TABLE ONLY "inv"."base" ("id") WHERE (id > 5), TABLE ONLY "inv"."part" WITH (publish = 'insert', publish_via_partition_root = true);
-- publication pub2
CREATE PUBLICATION "pub2" FOR TABLES IN SCHEMA "inv";
-- publication puball
CREATE PUBLICATION "puball" FOR ALL TABLES;
-- what reader may do with schema inv
GRANT USAGE ON SCHEMA "inv" TO "reader";
-- comment on schema inv
COMMENT ON SCHEMA "inv" IS 'stock';
-- comment on collation inv.german
COMMENT ON COLLATION "inv"."german" IS 'de';
-- what public may not do with type inv.state
REVOKE USAGE ON TYPE "inv"."state" FROM PUBLIC;
-- comment on type inv.state
COMMENT ON TYPE "inv"."state" IS 'states';
-- comment on domain inv.sku
COMMENT ON DOMAIN "inv"."sku" IS 'd';
-- what reader may do with sequence inv.number
GRANT USAGE ON SEQUENCE "inv"."number" TO "reader";
-- comment on sequence inv.number
COMMENT ON SEQUENCE "inv"."number" IS 'n';
-- what reader may do with table inv.item
GRANT SELECT, INSERT ON TABLE "inv"."item" TO "reader";
-- what writer may do with table inv.item
GRANT SELECT ON TABLE "inv"."item" TO "writer" WITH GRANT OPTION;
-- comment on table inv.item
COMMENT ON TABLE "inv"."item" IS 'items';
-- comment on column inv.item.id
COMMENT ON COLUMN "inv"."item"."id" IS 'key';
-- what reader may do with column inv.item.sku
GRANT SELECT ("sku"), UPDATE ("sku") ON TABLE "inv"."item" TO "reader";
-- comment on constraint item_sku_key of inv.item
COMMENT ON CONSTRAINT "item_sku_key" ON "inv"."item" IS 'u';
-- comment on trigger t1 of inv.item
COMMENT ON TRIGGER "t1" ON "inv"."item" IS 't';
-- comment on policy p1 of inv.item
COMMENT ON POLICY "p1" ON "inv"."item" IS 'pol';
-- comment on rule r1 of inv.item
COMMENT ON RULE "r1" ON "inv"."item" IS 'rule';
-- comment on index by_name of inv.item
COMMENT ON INDEX "inv"."by_name" IS 'i';
-- comment on statistics st1 of inv.item
COMMENT ON STATISTICS "inv"."st1" IS 'st';
-- comment on foreign table inv.far
COMMENT ON FOREIGN TABLE "inv"."far" IS 'far';
-- what reader may do with view inv.v
GRANT SELECT ON TABLE "inv"."v" TO "reader";
-- comment on view inv.v
COMMENT ON VIEW "inv"."v" IS 'v';
-- comment on materialized view inv.m
COMMENT ON MATERIALIZED VIEW "inv"."m" IS 'mv';
-- comment on index m_idx of inv.m
COMMENT ON INDEX "inv"."m_idx" IS 'mi';
-- what public may not do with function inv.one
REVOKE EXECUTE ON ROUTINE "inv"."one"() FROM PUBLIC;
-- what reader may do with function inv.one
GRANT EXECUTE ON ROUTINE "inv"."one"() TO "reader";
-- comment on function inv.one
COMMENT ON ROUTINE "inv"."one"() IS 'one';
-- comment on function inv.one
COMMENT ON ROUTINE "inv"."one"(int, inv.state) IS 'two';
-- comment on function inv."do it"
COMMENT ON ROUTINE "inv"."do it"(int) IS 'proc';
-- comment on aggregate inv.total
COMMENT ON ROUTINE "inv"."total"(int) IS 'agg';
-- comment on operator inv."==="
COMMENT ON OPERATOR "inv".=== (inv.pair, inv.pair) IS 'same';
-- comment on operator class inv.pair_ops
COMMENT ON OPERATOR CLASS "inv"."pair_ops" USING "hash" IS 'oc';
-- comment on text search dictionary inv.dict
COMMENT ON TEXT SEARCH DICTIONARY "inv"."dict" IS 'td';
-- comment on server srv
COMMENT ON SERVER "srv" IS 'srv';
-- comment on publication pub2
COMMENT ON PUBLICATION "pub2" IS 'p';
-- event trigger ev
CREATE EVENT TRIGGER "ev" ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'ALTER TABLE') EXECUTE FUNCTION "inv"."evt"();
-- event trigger ev
ALTER EVENT TRIGGER "ev" ENABLE REPLICA;
-- comment on event trigger ev
COMMENT ON EVENT TRIGGER "ev" IS 'ev';
