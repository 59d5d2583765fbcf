//! Changes of every kind, one at a time: see `scripts/mutate`, which does the same with more schemas and
//! seeds.

use tenon_tests::is_long;
use tenon_tests::mutate::{Options, SchemaSource, run};

#[test]
fn every_kind_of_change_is_told_and_mended_and_a_restore_is_no_change() {
    // Of the kinds some, where not all are asked for.
    let one_in = if is_long() { 1 } else { 6 };
    let report = run(&Options { sources: vec![SchemaSource::fixture()], seed: 1, rounds: 1, one_in });
    assert!(report.is_perfect(), "{report}");
    if one_in == 1 {
        assert_eq!(report.never_tried(), []);
    }
    let (caught, tried) = report.recall();
    let least = u64::try_from(300 / one_in).unwrap();
    assert!(caught == tried && tried > least, "{report}");
    assert!(report.renewed_in_part > 80 / one_in, "{} of {tried}", report.renewed_in_part);
    // What has no repair: a label too many, what would be guesswork, what was renamed, what would take
    // others' data along, what nobody may write down; where a column stands; whether a child declares
    // itself what it has from its parent; a table that is somebody else's.
    assert!(report.repaired() + 45 > tried, "{report}");
    assert_eq!(report.left_out, []);
}

#[test]
fn each_dump_of_the_corpus_restored_elsewhere_and_restored_again_is_as_it_was() {
    // Where there is no corpus, the project's own schema.
    let sources = Some(SchemaSource::corpus()).filter(|dumps| !dumps.is_empty());
    let sources = sources.unwrap_or_else(|| vec![SchemaSource::gallery()]);
    let report = run(&Options { sources, seed: 1, rounds: 0, one_in: 1 });
    assert!(report.is_perfect(), "{report}");
}

#[test]
fn what_this_server_cannot_make_is_left_out_and_told_and_the_rest_is_changed() {
    let sql = "CREATE EXTENSION nobody_has_this;
        CREATE LANGUAGE plnobody;
        BEGIN;
        CREATE SCHEMA shop;
        CREATE TABLE shop.place (id int PRIMARY KEY, at nobody_has_this.point);
        CREATE TABLE shop.item (id bigint PRIMARY KEY, name text);
        CREATE FUNCTION shop.f() RETURNS int LANGUAGE plnobody AS $$ 1 $$;
        CREATE FUNCTION shop.g() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
        GRANT SELECT ON shop.item TO \"some-body else\", nobody_made_this;
        GRANT SELECT ON shop.item TO pg_no_such_role;
        ALTER TABLE shop.item OWNER TO nobody_made_this;
        CREATE SEQUENCE shop.up MINVALUE -9223372036854775808 MAXVALUE 9223372036854775807
            START 9223372036854775807 CACHE 9223372036854775807;
        CREATE SEQUENCE shop.down INCREMENT -1;
        CREATE SEQUENCE shop.far INCREMENT 9223372036854775807;
        CREATE SEQUENCE shop.back INCREMENT -9223372036854775808;
        CREATE SEQUENCE shop.small AS smallint MINVALUE -32768 INCREMENT -32768;
        COMMIT;
        \\connect elsewhere
        CREATE SEQUENCE shop.whole AS integer MAXVALUE 2147483647;";
    let source = SchemaSource::new("shop".to_owned(), sql.to_owned());
    // Whether all else can be changed takes long to find out.
    let rounds = u64::from(is_long());
    let report = run(&Options { sources: vec![source], seed: 1, rounds, one_in: 1 });
    assert!(report.is_perfect(), "{report}");
    let left_out: Vec<_> = report.left_out.iter().map(|(_, what)| what.as_str()).collect();
    let told = |word: &str| left_out.iter().filter(|what| what.contains(word)).count();
    assert_eq!((told("nobody_has_this"), told("plnobody")), (2, 2), "{left_out:#?}");
    assert_eq!((told("pg_no_such_role"), told("connect elsewhere")), (2, 1), "{left_out:#?}");
    assert_eq!(left_out.len(), 7, "{left_out:#?}");
    if !is_long() {
        return;
    }
    let never: Vec<_> = report.never_tried().into_iter().map(|(kind, _)| kind).collect();
    assert!(
        !never.iter().any(|kind| kind.starts_with("sequence: ") && !kind.contains("OWNED")),
        "{never:#?}"
    );
}

#[test]
fn five_hundred_tables_are_loaded_from_source_and_restored_without_a_difference() {
    let tables = (0..500).map(|number| {
        format!(
            "CREATE TABLE t{number} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL,
                 of_other bigint REFERENCES t{other}, CHECK (name <> ''));
             CREATE INDEX ON t{number} (name);\n",
            other = number / 2
        )
    });
    let source = SchemaSource::new("many".to_owned(), tables.collect());
    let report =
        run(&Options { sources: vec![source, SchemaSource::samples()], seed: 1, rounds: 0, one_in: 1 });
    assert!(report.is_perfect() && report.left_out.is_empty(), "{report}");
}
