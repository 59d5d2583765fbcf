//! Where an expression can stand.

/// How an expression names columns, which are marked with `$`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Columns {
    /// Of the table, by their names alone.
    Own,
    Of(&'static str),
    /// There are none: the value of a domain of texts.
    Value,
    /// There are none: values that are not known.
    None,
}

/// The schema that all of it stands in, and what expressions are about.
pub(super) const TABLES: &str = "
    CREATE SCHEMA s;
    CREATE TYPE s.mood AS ENUM ('a', 'b');
    CREATE DOMAIN s.money AS numeric(6,2) CHECK (VALUE > -1000);
    CREATE TYPE s.pair AS (x int, y text);
    CREATE FUNCTION s.f(a int, b int DEFAULT -1) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
    CREATE FUNCTION s.many(VARIADIC a int[]) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE OPERATOR s.+ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl);
    CREATE TABLE s.t (id int, b bigint, sm smallint, n numeric(10,2), f float8, r real, v varchar(10), c char(3),
        tx text, d date, ts timestamp, tz timestamptz, iv interval, j json, jb jsonb, arr int[], va varchar[],
        m s.mood, mo s.money, p s.pair, bt bit(3), vb varbit, bl bool, ip inet, x xml, u uuid, rng int4range,
        tm time, by bytea, ch \"char\");
    CREATE FUNCTION s.whole(s.t) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE TABLE s.defaults (id int);
    CREATE TABLE s.generated (LIKE s.t);
    CREATE TABLE s.ruled (LIKE s.t);
    CREATE FUNCTION s.trg() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end'";

/// The type of each column.
const TYPES: &[(&str, &str)] = &[
    ("id", "int"),
    ("b", "bigint"),
    ("sm", "smallint"),
    ("n", "numeric(10,2)"),
    ("f", "float8"),
    ("r", "real"),
    ("v", "varchar(10)"),
    ("c", "char(3)"),
    ("tx", "text"),
    ("d", "date"),
    ("ts", "timestamp"),
    ("tz", "timestamptz"),
    ("iv", "interval"),
    ("j", "json"),
    ("jb", "jsonb"),
    ("arr", "int[]"),
    ("va", "varchar[]"),
    ("m", "s.mood"),
    ("mo", "s.money"),
    ("p", "s.pair"),
    ("bt", "bit(3)"),
    ("vb", "varbit"),
    ("bl", "bool"),
    ("ip", "inet"),
    ("x", "xml"),
    ("u", "uuid"),
    ("rng", "int4range"),
    ("tm", "time"),
    ("by", "bytea"),
    ("ch", "\"char\""),
];

/// The places, each with the SQL that makes something of the expression `<e>`, of which the number is `<n>`.
pub(super) const PLACES: &[(&str, Columns, &str)] = &[
    ("view", Columns::Own, "CREATE VIEW s.v<n> AS SELECT <e> AS e, id FROM s.t"),
    (
        "view of columns with a table",
        Columns::Of("q."),
        "CREATE VIEW s.w<n> AS SELECT q.id FROM s.t q JOIN s.t USING (id) WHERE <e>",
    ),
    (
        "view's default",
        Columns::None,
        "CREATE VIEW s.u<n> AS SELECT id, tx FROM s.t; ALTER VIEW s.u<n> ALTER tx SET DEFAULT (<e>)::text",
    ),
    (
        "materialized view",
        Columns::Own,
        "CREATE MATERIALIZED VIEW s.m<n> AS SELECT id FROM s.t WHERE (<e>) IS NOT NULL",
    ),
    ("check", Columns::Own, "ALTER TABLE s.t ADD CONSTRAINT c<n> CHECK (<e>)"),
    (
        "check of a part",
        Columns::Own,
        "ALTER TABLE s.t ADD CONSTRAINT k<n> CHECK ((<e>) IS NOT NULL) NOT VALID",
    ),
    ("default", Columns::None, "ALTER TABLE s.defaults ADD c<n> text DEFAULT (<e>)::text"),
    ("default that is a number", Columns::None, "ALTER TABLE s.defaults ADD n<n> numeric DEFAULT <e>"),
    (
        "generated",
        Columns::Own,
        "ALTER TABLE s.generated ADD g<n> boolean GENERATED ALWAYS AS ((<e>) IS NOT NULL) STORED",
    ),
    ("index", Columns::Own, "CREATE INDEX i<n> ON s.t ((<e>), id DESC)"),
    ("unique index", Columns::Own, "CREATE UNIQUE INDEX \"I <n>\" ON s.t (id) WHERE (<e>) IS NOT NULL"),
    (
        "exclusion",
        Columns::Own,
        "ALTER TABLE s.t ADD CONSTRAINT x<n> EXCLUDE USING btree (((<e>) IS NOT NULL) WITH =)",
    ),
    (
        "trigger",
        Columns::Of("NEW."),
        "CREATE TRIGGER t<n> BEFORE INSERT OR UPDATE OF id ON s.t FOR EACH ROW WHEN (<e>) EXECUTE FUNCTION s.trg()",
    ),
    (
        "constraint trigger",
        Columns::Of("OLD."),
        "CREATE CONSTRAINT TRIGGER u<n> AFTER DELETE ON s.t FOR EACH ROW WHEN ((<e>) IS NULL) EXECUTE FUNCTION s.trg('a')",
    ),
    (
        "policy",
        Columns::Own,
        "CREATE POLICY p<n> ON s.t FOR UPDATE USING (<e>) WITH CHECK ((<e>) IS NOT NULL)",
    ),
    ("policy of new rows", Columns::Own, "CREATE POLICY q<n> ON s.t FOR INSERT WITH CHECK ((<e>) IS NULL)"),
    (
        "domain",
        Columns::Value,
        "CREATE DOMAIN s.d<n> AS text CONSTRAINT z CHECK (VALUE <> '') CONSTRAINT a CHECK ((<e>) IS NOT NULL)",
    ),
    ("domain's default", Columns::None, "CREATE DOMAIN s.e<n> AS text DEFAULT (<e>)::text"),
    (
        "argument",
        Columns::None,
        "CREATE FUNCTION s.a<n>(v text, a text DEFAULT (<e>)::text) RETURNS int LANGUAGE plpgsql AS 'begin return 1; end'",
    ),
    (
        "procedure's argument",
        Columns::None,
        "CREATE PROCEDURE s.o<n>(a boolean DEFAULT (<e>) IS NULL) LANGUAGE sql AS 'SELECT 1'",
    ),
    (
        "body",
        Columns::Of("z."),
        "CREATE FUNCTION s.b<n>(tx text) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM s.t z WHERE (<e>) IS NULL AND z.tx = b<n>.tx; END",
    ),
    (
        "body that returns",
        Columns::None,
        "CREATE FUNCTION s.r<n>() RETURNS text LANGUAGE sql RETURN (<e>)::text",
    ),
    (
        "rule",
        Columns::Of("OLD."),
        "CREATE RULE \"R <n>\" AS ON UPDATE TO s.ruled WHERE (<e>) IS NULL DO ALSO DELETE FROM s.t WHERE id = OLD.id AND (<e>) IS NOT NULL",
    ),
    ("statistics", Columns::Own, "CREATE STATISTICS s.st<n> ON id, (<e>) FROM s.t"),
    ("partition key", Columns::Own, "CREATE TABLE s.p<n> (LIKE s.t) PARTITION BY LIST (((<e>) IS NOT NULL))"),
    ("publication", Columns::Own, "CREATE PUBLICATION p<n> FOR TABLE s.ruled, s.t WHERE ((<e>) IS NOT NULL)"),
];

/// The SQL with the expression at its place.
pub(super) fn at(sql: &str, columns: Columns, number: usize, expression: &str) -> String {
    let mark = regex_lite::Regex::new(r"\$(\w+)").unwrap();
    let expression = mark.replace_all(expression, |found: &regex_lite::Captures<'_>| {
        let name = &found[1];
        let (_, data_type) = TYPES.iter().find(|(column, _)| *column == name).unwrap();
        match columns {
            Columns::Own => name.to_owned(),
            Columns::Of(row) => format!("{row}{name}"),
            Columns::Value => format!("(VALUE::{data_type})"),
            Columns::None => format!("(NULL::{data_type})"),
        }
    });
    sql.replace("<n>", &number.to_string()).replace("<e>", &expression)
}
