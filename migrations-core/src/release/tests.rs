use serde_json::json;

use super::*;
use crate::migration::MigrationId;

/// A version as its author has it.
struct Version1 {
    info: PluginInfo,
    descriptors: Descriptors,
    routes: Vec<String>,
    migrations: Vec<PluginMigration>,
}

fn version(number: &str, columns: &[&str], files: &[(&str, &str)]) -> Version1 {
    let columns: Vec<_> = columns.iter().map(|name| json!({ "name": name, "data_type": "text" })).collect();
    let descriptors = json!({ "format": 1, "tables": [{ "name": "a.t", "columns": columns }] });
    let id = |filename: &&str| MigrationId { plugin: "a".parse().unwrap(), filename: (*filename).to_owned() };
    Version1 {
        info: PluginInfo {
            id: "a".parse().unwrap(),
            name: "A".to_owned(),
            version: number.parse().unwrap(),
            requires: BTreeMap::new(),
        },
        descriptors: serde_json::from_value(descriptors).unwrap(),
        routes: vec!["GET /t".to_owned()],
        migrations: files
            .iter()
            .map(|(name, sql)| PluginMigration::new(id(name), *sql, Vec::new()))
            .collect(),
    }
}

fn release(version: &Version1) -> Release<'_> {
    let Version1 { info, descriptors, routes, migrations } = version;
    Release { info, descriptors, routes, migrations: migrations.iter().collect() }
}

/// Each objection as its rule and what it is about.
fn told(now: &Version1, former: &Version1) -> Vec<String> {
    let found = release(now).objections_against(&release(former));
    found.iter().map(|one| format!("{} {}", one.rule, one.object)).collect()
}

const ONE: (&str, &str) = ("0001_a.sql", "CREATE TABLE a.t (x text);");

#[test]
fn the_same_contents_may_be_built_again_and_others_need_a_higher_version() {
    let former = version("1.2.0", &["x"], &[ONE]);
    assert_eq!(told(&version("1.2.0", &["x"], &[ONE]), &former), [""; 0]);
    let more = ("0002_b.sql", "UPDATE a.t SET x = 'a';");
    assert_eq!(told(&version("1.2.0", &["x"], &[ONE, more]), &former), ["version-not-raised version 1.2.0"]);
    assert_eq!(told(&version("1.1.9", &["x"], &[ONE]), &former), ["version-not-raised version 1.1.9"]);
    assert_eq!(told(&version("1.2.1", &["x"], &[ONE, more]), &former), [""; 0]);
}

#[test]
fn what_is_new_or_gone_says_which_version_it_should_be() {
    let former = version("1.2.0", &["x"], &[ONE]);
    let more = ("0002_b.sql", "ALTER TABLE a.t ADD COLUMN y text;");
    let with_more = |number| version(number, &["x", "y"], &[ONE, more]);
    assert_eq!(told(&with_more("1.2.1"), &former), ["minor-version version 1.2.1"]);
    assert_eq!(told(&with_more("1.3.0"), &former), [""; 0]);
    let less = ("0002_b.sql", "ALTER TABLE a.t RENAME COLUMN x TO z;");
    let with_less = |number| version(number, &["z"], &[ONE, less]);
    assert_eq!(told(&with_less("1.3.0"), &former), ["breaking-version version 1.3.0"]);
    assert_eq!(told(&with_less("2.0.0"), &former), [""; 0]);
    let reason = &release(&with_less("1.3.0")).objections_against(&release(&former))[0].reason;
    assert_eq!(reason, "since 1.2.0 there is gone: column a.t.x (by 0002_b.sql)");
    // Below 1.0 each number stands a place further on, as cargo has it.
    let young = version("0.2.0", &["x"], &[ONE]);
    assert_eq!(told(&with_more("0.2.1"), &young), [""; 0]);
    assert_eq!(told(&with_less("0.2.1"), &young), ["breaking-version version 0.2.1"]);
    let mut without_route = version("1.2.1", &["x"], &[ONE]);
    without_route.routes.clear();
    assert_eq!(told(&without_route, &former), ["breaking-version version 1.2.1"]);
}

#[test]
fn what_is_not_declared_any_more_and_dropped_by_nobody_is_a_mistake() {
    let former = version("1.0.0", &["x", "y"], &[ONE]);
    let now = version("2.0.0", &["x"], &[ONE, ("0002_b.sql", "SELECT 1;")]);
    assert_eq!(told(&now, &former), ["lost-undropped column a.t.y"]);
    let mut no_table = version("2.0.0", &[], &[ONE]);
    no_table.descriptors.tables.clear();
    assert_eq!(told(&no_table, &former), ["lost-undropped table a.t"], "and not its columns besides");
    no_table.descriptors.undeclared =
        serde_json::from_value(json!([{ "object": "table a.t", "reason": "old" }])).unwrap();
    assert_eq!(told(&no_table, &former), [""; 0]);
    let mut dropped = version("2.0.0", &[], &[ONE, ("0002_b.sql", "DROP TABLE a.t;")]);
    dropped.descriptors.tables.clear();
    assert_eq!(told(&dropped, &former), [""; 0]);
}

#[test]
fn released_files_stay_as_they_were_and_where_they_were() {
    let two = ("0003_c.sql", "SELECT 3;");
    let former = version("1.0.0", &["x"], &[ONE, two]);
    let now = |files: &[(&str, &str)]| told(&version("1.0.1", &["x"], files), &former);
    assert_eq!(now(&[ONE, ("0003_c.sql", "SELECT 4;")]), ["edited-migration a/0003_c.sql"]);
    assert_eq!(now(&[ONE, ("0003_c.sql", "SELECT  3; -- three")]), ["edited-comments a/0003_c.sql"]);
    assert_eq!(now(&[ONE]), ["removed-migration a/0003_c.sql"]);
    assert_eq!(now(&[ONE, ("0002_b.sql", "SELECT 2;"), two]), ["numbered-before a/0002_b.sql"]);
    assert_eq!(now(&[ONE, ("0003_renamed.sql", "SELECT 3;")]), [""; 0], "the ledger knows it by its bytes");
    let accepted = format!("-- tenon:accepts sha256:{}\nSELECT 4;", former.migrations[1].checksum);
    assert_eq!(now(&[ONE, ("0003_c.sql", &accepted)]), [""; 0]);
    let squashed = "-- tenon:replaces 0001_a.sql, 0003_c.sql\nCREATE TABLE a.t (x text);";
    assert_eq!(now(&[("0003_all.sql", squashed)]), [""; 0]);
}

#[test]
fn a_number_that_is_left_out_is_told_by_itself() {
    let now = version("1.0.0", &["x"], &[ONE, ("0004_d.sql", "SELECT 4;")]);
    let found = release(&now).objections();
    assert_eq!(found.len(), 1);
    assert!(found[0].rule.is_advice() && found[0].reason.contains("between 0001 and 0004"), "{found:?}");
}
