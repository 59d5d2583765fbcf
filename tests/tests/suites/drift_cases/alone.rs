//! Each kind is read where it stands alone: what no catalog has a row of is not asked for.

use tenon_migrations_core::snapshot::Kind;
use tenon_tests::TestDatabase;

use super::Place;

/// An object of each kind, alone in its database.
const ALONE: &[(Kind, &str)] = &[
    (Kind::Table, "CREATE TABLE inv.it ()"),
    (Kind::Column, "CREATE TABLE inv.it (a int)"),
    (Kind::Constraint, "CREATE TABLE inv.it (a int, CHECK (a > 0))"),
    (Kind::Index, "CREATE TABLE inv.it (a int); CREATE INDEX ON inv.it (a)"),
    (Kind::Enum, "CREATE TYPE inv.it AS ENUM ()"),
    (Kind::Sequence, "CREATE SEQUENCE inv.it"),
    (Kind::View, "CREATE VIEW inv.it AS SELECT 1 AS a"),
    (Kind::MaterializedView, "CREATE MATERIALIZED VIEW inv.it AS SELECT 1 AS a"),
    (Kind::Function, "CREATE FUNCTION inv.it() RETURNS int LANGUAGE sql RETURN 1"),
    (Kind::Aggregate, "CREATE AGGREGATE inv.it (int) (sfunc = int4pl, stype = int)"),
    (
        Kind::Trigger,
        "CREATE TABLE inv.it (); CREATE TRIGGER it BEFORE UPDATE ON inv.it FOR EACH ROW \
         EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ),
    (Kind::Rule, "CREATE TABLE inv.it (); CREATE RULE it AS ON DELETE TO inv.it DO INSTEAD NOTHING"),
    (Kind::Policy, "CREATE TABLE inv.it (); CREATE POLICY it ON inv.it"),
    (Kind::Statistics, "CREATE TABLE inv.it (a int, b int); CREATE STATISTICS inv.it ON a, b FROM inv.it"),
    (Kind::Domain, "CREATE DOMAIN inv.it AS int"),
    (Kind::Domain, "CREATE DOMAIN inv.it AS int[]"),
    (Kind::Composite, "CREATE TYPE inv.it AS (a int)"),
    (Kind::Range, "CREATE TYPE inv.it AS RANGE (subtype = int)"),
    (Kind::Collation, "CREATE COLLATION inv.it FROM \"C\""),
    (Kind::Operator, "CREATE OPERATOR inv.=== (function = int4eq, leftarg = int, rightarg = int)"),
    (Kind::OperatorFamily, "CREATE OPERATOR FAMILY inv.it USING btree"),
    (
        Kind::OperatorClass,
        "CREATE OPERATOR CLASS inv.it FOR TYPE int USING hash AS OPERATOR 1 =, FUNCTION 1 hashint4(int)",
    ),
    (Kind::Cast, "CREATE TYPE inv.it AS ENUM (); CREATE CAST (int AS inv.it) WITH INOUT"),
    (Kind::TextSearchDictionary, "CREATE TEXT SEARCH DICTIONARY inv.it (template = pg_catalog.simple)"),
    (Kind::TextSearchConfiguration, "CREATE TEXT SEARCH CONFIGURATION inv.it (copy = pg_catalog.simple)"),
    (Kind::Schema, "SELECT 1"),
    (Kind::DefaultPrivileges, "ALTER DEFAULT PRIVILEGES IN SCHEMA inv GRANT SELECT ON TABLES TO PUBLIC"),
    (Kind::Extension, "SELECT 1"),
    (Kind::ForeignServer, "CREATE FOREIGN DATA WRAPPER it; CREATE SERVER it FOREIGN DATA WRAPPER it"),
    (
        Kind::EventTrigger,
        "CREATE FUNCTION inv.it() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; \
         CREATE EVENT TRIGGER it ON sql_drop EXECUTE FUNCTION inv.it()",
    ),
    (Kind::Publication, "CREATE PUBLICATION it"),
    (Kind::Settings, "SELECT 1"),
];

#[test]
fn an_object_of_any_kind_is_read_where_no_other_of_its_kind_is() {
    let place = Place::of(TestDatabase::new());
    for kind in Kind::ALL {
        let mut cases = ALONE.iter().filter(|(alone, _)| alone == kind).peekable();
        assert!(cases.peek().is_some(), "there is no case of {kind:?}");
        for (_, sql) in cases {
            let read = place.after(&format!("CREATE SCHEMA inv; {sql}"));
            assert!(read.objects.keys().any(|id| id.kind == *kind), "{sql}: {read:#?}");
        }
    }
}
