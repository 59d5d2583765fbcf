//! The migrations of another tool, taken over file by file.

use std::collections::BTreeSet;

use tenon_migrations_core::migration::{MigrationId, PluginId, PluginMigration};
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_migrations_core::statements::{self, CleaningAct, StatementKind, cleaned, values_from_the_start};
use tenon_schema::Ident;
use tokio_postgres::Client;

use super::error::{ImportError, StoppingStatement};
use super::folder_layout::FolderLayout;
use super::layout::{self, FolderMigration};
use super::role;
use super::sql_file::{SqlFile, is_in_body, with_variables};
use super::told::{ImportNote, ImportNotes};
use crate::database::migration_session::{MigrationError, Unobserved};
use crate::database::search_path::OWN;
use crate::schema::whole;
use crate::scratch::made_by::MadeByError;
use crate::scratch::replay::{self, Bodies};

/// A folder of migrations, and how its files were run.
#[derive(Debug)]
pub struct MigrationsSource {
    pub files: Vec<SqlFile>,
    /// Known by the files, unless it is said.
    pub layout: Option<FolderLayout>,
    /// The schemas in which the tool looked for names without one; by default `public`.
    pub search_path: Vec<Ident>,
    /// The values of variables in the files.
    pub variables: Vec<(String, String)>,
    /// Whether one migration of what all of them make is written instead of each of them.
    pub squash: bool,
}

/// A file of the folder, as a migration of the plugin.
#[derive(Debug)]
pub(super) struct TakenMigration {
    pub(super) of: FolderMigration,
    pub(super) migration: PluginMigration,
}

/// The files as migrations of a plugin, with what had to be changed in them.
pub(super) fn taken(
    source: &MigrationsSource,
    plugin: &PluginId,
    notes: &mut ImportNotes,
) -> Result<Vec<TakenMigration>, ImportError> {
    let layout = match source.layout {
        Some(layout) => layout,
        None => layout::detected(&source.files)?,
    };
    if source.layout.is_none() && layout == FolderLayout::Plain {
        let says = "nothing tells which tool has applied these files, so that no ledger of one is read";
        notes
            .worth_knowing
            .push(ImportNote::new("the folder", says).advice("say which it was with --layout"));
    }
    let files = layout::migrations(layout, &source.files, notes)?;
    tell_values_in_bodies(&files, &source.variables, notes);
    let mut stops = Vec::new();
    let mut all = Vec::new();
    for of in files {
        let text = with_variables(&of.sql, &source.variables);
        match cleaned(&text) {
            Ok(file) => {
                for change in file.changes {
                    let place = format!("{}:{}: {}", of.path, change.line, change.excerpt);
                    let note = ImportNote::new(place, change.why);
                    match change.act {
                        CleaningAct::Rewritten => {
                            notes.cleaned.push(ImportNote {
                                says: format!("said otherwise, since {}", note.says),
                                ..note
                            });
                        }
                        CleaningAct::Removed => {
                            notes
                                .cleaned
                                .push(ImportNote { says: format!("taken out, since {}", note.says), ..note });
                        }
                        CleaningAct::ByHand(advice) => notes.by_hand.push(note.advice(advice)),
                        CleaningAct::Stops(advice) => stops.push(StoppingStatement {
                            place: format!("{}:{}", of.path, change.line),
                            excerpt: change.excerpt,
                            why: change.why.to_owned(),
                            advice: advice.to_owned(),
                        }),
                    }
                }
                all.push((of, file.sql));
            }
            Err(errors) => stops.extend(errors.into_iter().map(|error| StoppingStatement {
                place: format!("{}:{}", of.path, error.position.line),
                excerpt: String::new(),
                why: error.message,
                advice: "correct the file, or say what its variables are with --set NAME=VALUE".to_owned(),
            })),
        }
    }
    if !stops.is_empty() {
        return Err(ImportError::Stops(stops));
    }
    if !source.squash {
        move_values(&mut all, notes);
    }
    let all = all.into_iter().enumerate().map(|(number, (of, sql))| {
        let sql = whole_text(&of, &sql, &source.search_path, number == 0);
        let id = MigrationId { plugin: plugin.clone(), filename: of.filename.clone() };
        TakenMigration { migration: PluginMigration::new(id, sql, Vec::new()), of }
    });
    Ok(all.collect())
}

/// Tells of values without quotes that become a part of a function's body, in which a tool may write quotes.
fn tell_values_in_bodies(files: &[FolderMigration], variables: &[(String, String)], notes: &mut ImportNotes) {
    for (name, value) in variables.iter().filter(|(_, value)| !value.contains('"')) {
        let Some(first) = files.iter().find(|of| is_in_body(&of.sql, name)) else { continue };
        let says = format!(
            "the value of {name} stands in bodies of functions, which a database keeps letter by letter, as {value}"
        );
        let advice = format!(
            "where the former tool writes it with quotes, give these too, with --set '{name}=\"{value}\"': \
             otherwise no database of that tool can be recorded"
        );
        notes.worth_knowing.push(ImportNote::new(first.path.clone(), says).advice(advice));
    }
}

/// Has enums begin with the values that were added in one transaction and used in another.
fn move_values(files: &mut [(FolderMigration, String)], notes: &mut ImportNotes) {
    let mut texts: Vec<String> = files.iter().map(|(_, sql)| sql.clone()).collect();
    for moved in values_from_the_start(&mut texts) {
        let path = files.get(moved.file).map_or("", |(of, _)| of.path.as_str());
        let says = format!(
            "{} has the value {:?} from the start, since no transaction can use a value that it adds, and a heal is \
             one",
            moved.of, moved.label
        );
        let advice =
            "record the migrations only in databases to which the former tool has applied all of them";
        notes.cleaned.push(ImportNote::new(path, says).advice(advice));
    }
    for ((_, sql), text) in files.iter_mut().zip(texts) {
        *sql = text;
    }
}

/// The text of the migration, with where it comes from.
fn whole_text(of: &FolderMigration, sql: &str, path: &[Ident], is_first: bool) -> String {
    let was = of.was.as_ref().map_or_else(String::new, |was| format!("-- tenon:was {was}\n"));
    let schemas: Vec<_> = path.iter().filter(|schema| schema.as_str() != "public").collect();
    let made = schemas.iter().filter(|_| is_first);
    let made: String =
        made.map(|schema| format!("CREATE SCHEMA IF NOT EXISTS {};\n", schema.quoted())).collect();
    let names: Vec<_> = path.iter().map(Ident::quoted).collect();
    let path = if names.is_empty() { "public".to_owned() } else { names.join(", ") };
    let name = of.path.replace(|c: char| c.is_control(), " ");
    format!(
        "-- {name}, as it was imported; names without a schema are looked for as its tool did.\n{was}{made}\
         SET LOCAL search_path = {path}, pg_temp;\n\n{}\n",
        sql.trim_start_matches('\u{feff}').trim()
    )
}

/// Runs the migrations in a transaction that is never committed, and reads what they make.
pub(super) async fn run(
    client: &Client,
    migrations: &[TakenMigration],
) -> Result<CatalogSnapshot, ImportError> {
    let mut roles = BTreeSet::new();
    loop {
        let mut runner =
            replay::begin(client, Bodies::Checked, Unobserved).await.map_err(MadeByError::from)?;
        role::make_missing(client, &roles).await.map_err(ImportError::Roles)?;
        let mut failed = None;
        for taken in migrations {
            if let Err(error) = runner.run(&taken.migration).await {
                failed = Some((taken, error));
                break;
            }
        }
        let Some((taken, error)) = failed else {
            client.batch_execute(OWN).await.map_err(MadeByError::Session)?;
            return Ok(whole::within(client).await.map_err(MadeByError::Standing)?);
        };
        client.batch_execute("ROLLBACK").await.map_err(MadeByError::Session)?;
        let missing = match &error {
            MigrationError::Statement { source, .. } => role::missing(source),
            _ => None,
        };
        match missing {
            Some(role) if roles.insert(role.clone()) => {}
            _ => return Err(ImportError::Migration { path: taken.of.path.clone(), source: error }),
        }
    }
}

/// Runs each migration in a transaction of its own, as its tool did, and reads what they make.
pub(super) async fn run_one_by_one(
    client: &Client,
    migrations: &[TakenMigration],
) -> Result<CatalogSnapshot, ImportError> {
    let batch = async |sql| client.batch_execute(sql).await.map_err(MadeByError::Session);
    for taken in migrations {
        let mut runner =
            replay::begin(client, Bodies::Checked, Unobserved).await.map_err(MadeByError::from)?;
        let ran = runner.run(&taken.migration).await;
        ran.map_err(|source| ImportError::Migration { path: taken.of.path.clone(), source })?;
        batch("COMMIT").await?;
    }
    batch("BEGIN").await?;
    batch(OWN).await?;
    Ok(whole::within(client).await.map_err(MadeByError::Standing)?)
}

/// Tells of the rows that files put into tables, where the files themselves are not taken.
pub(super) fn tell_rows(migrations: &[TakenMigration], notes: &mut ImportNotes) {
    for taken in migrations {
        let parsed = statements::parse(&taken.migration.sql).unwrap_or_default();
        let rows = parsed
            .iter()
            .filter(|statement| matches!(statement.kind, StatementKind::Dml | StatementKind::Do));
        let number = rows.count();
        if number > 0 {
            let says =
                format!("{number} of its statements change rows, or may, and are not in the one migration");
            let advice = "write rows that belong to the plugin into a migration of their own, as INSERT";
            notes.left_out.push(ImportNote::new(taken.of.path.clone(), says).advice(advice));
        }
    }
}

/// The one migration, with what it takes the place of.
pub(super) fn with_former(sql: &str, migrations: &[TakenMigration]) -> String {
    let was = migrations.iter().filter_map(|taken| taken.of.was.as_ref());
    let was: String = was.map(|was| format!("-- tenon:was {was}\n")).collect();
    format!("{was}{sql}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_says_where_it_comes_from_and_where_names_are_looked_for() {
        let files =
            vec![SqlFile { name: "1_a.sql".into(), text: "BEGIN;\nCREATE TABLE a ();\nCOMMIT;\n".into() }];
        let source = MigrationsSource {
            files,
            layout: Some(FolderLayout::Sqlx),
            search_path: vec!["app".into(), "public".into()],
            variables: Vec::new(),
            squash: false,
        };
        let mut notes = ImportNotes::default();
        let taken = taken(&source, &"p".parse().unwrap(), &mut notes).unwrap();
        assert_eq!(
            taken[0].migration.sql,
            "-- 1_a.sql, as it was imported; names without a schema are looked for as its tool did.\n\
             -- tenon:was sqlx 1\nCREATE SCHEMA IF NOT EXISTS \"app\";\n\
             SET LOCAL search_path = \"app\", \"public\", pg_temp;\n\nCREATE TABLE a ();\n"
        );
        assert_eq!(notes.cleaned.len(), 2);
        assert!(notes.cleaned[0].place.starts_with("1_a.sql:1: "), "{notes:?}");
    }
}
