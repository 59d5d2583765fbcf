//! Migration sets that nobody here wrote, as plugins: what a heal makes of them is what psql makes of them.

use std::fs;

use tenon_host::heal::HealOutcome;
use tenon_migrations_core::statements::{Statement, StatementKind, parse};
use tenon_tests::mutate::SchemaSource;
use tenon_tests::{TestDatabase, TestServer, World, artifacts, files_of};

/// A dump as migrations, pairs of name and SQL: one for each of its objects.
pub(crate) fn split(dump: &SchemaSource) -> Vec<(String, String)> {
    let mut migrations: Vec<(String, String)> = Vec::new();
    for statement in parse(&dump.sql).unwrap().iter().filter(|statement| makes_something(statement)) {
        let sql = format!("{};\n", statement.text());
        match migrations.last_mut() {
            Some((_, former)) if is_about_the_former(statement) => former.push_str(&sql),
            _ => {
                let name = format!("{:04}_object.sql", migrations.len() + 1);
                // A dump may tell of a function before what stands in its body.
                let unchecked = "SET LOCAL check_function_bodies = false;\n";
                let unchecked = if statement.begins(&["create", "function"]) { unchecked } else { "" };
                migrations.push((name, format!("{unchecked}{sql}")));
            }
        }
    }
    migrations
}

/// What a dump says first is for the session that restores it.
fn makes_something(statement: &Statement<'_>) -> bool {
    let for_the_session =
        [StatementKind::SessionChange, StatementKind::StringSyntax, StatementKind::PsqlCommand];
    !for_the_session.contains(&statement.kind) && !statement.text().contains("set_config('search_path'")
}

fn is_about_the_former(statement: &Statement<'_>) -> bool {
    statement.begins(&["comment"]) || statement.begins(&["alter"]) && statement.text().contains(" OWNER TO ")
}

/// Heals plugins of these sets at once.
fn prove(sources: &[SchemaSource]) {
    let world = World::with(&[]);
    let own = files_of(&[]).into_iter().map(|file| fs::read_to_string(file).unwrap());
    let mut by_psql: Vec<_> = own.collect();
    for (number, source) in sources.iter().enumerate() {
        source.roles().iter().for_each(|role| TestServer::shared().make_role(role));
        let (id, migrations) = (format!("brings_{number:02}"), split(source));
        world.write_library(&format!("lib{id}.so"), &artifacts::bringing(&id, &migrations));
        by_psql.extend(migrations.into_iter().map(|(_, sql)| sql));
    }
    let outcome = world.host().heal_consenting();
    let HealOutcome::Succeeded { files, .. } = outcome else { panic!("{outcome:#?}") };
    assert_eq!(files.len(), by_psql.len());
    assert_eq!(
        world.sql("SELECT count(*), count(DISTINCT xmin::text) FROM tenon.migration"),
        format!("{}|1", files.len())
    );
    let plain = TestDatabase::new();
    plain.sql(&format!("BEGIN;\n{}\nCOMMIT;\n", by_psql.concat()));
    let (ours, plain) = (world.database.schema(), plain.schema());
    assert!(ours == plain, "the heal and psql differ:\n{ours}\n\n{plain}");
    let report = world.host().check();
    assert_eq!(report.findings().collect::<Vec<_>>(), Vec::<&_>::new());
}

#[test]
fn the_projects_own_schemas_split_by_object_are_healed_as_psql_makes_them() {
    for source in [SchemaSource::fixture(), SchemaSource::gallery()] {
        prove(&[source]);
    }
}

#[test]
fn all_dumps_of_the_corpus_split_by_object_are_healed_in_one_transaction_as_psql_makes_them() {
    let dumps = SchemaSource::corpus();
    if dumps.is_empty() {
        println!("skipped: there is no corpus; see the test before");
        return;
    }
    prove(&dumps);
}
