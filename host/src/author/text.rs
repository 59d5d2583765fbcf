//! The text of a migration: each statement a paragraph, with what it costs and leaves open above it.

use std::collections::{BTreeMap, BTreeSet};

use tenon_migrations_core::migration::{MigrationId, PluginMigration};
use tenon_migrations_core::plan::costs_of;
use tenon_migrations_core::repair::{Hazard, HazardRule};
use tenon_migrations_core::snapshot::CatalogSnapshot;
use tenon_migrations_core::statements::{self, broken_into_lines, quoted_names, unquoted, without_defaults};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use crate::author::words::is_reserved_in_sql;
use crate::support::legible::shows;

/// How long a line of a comment is at most.
const WIDTH: usize = 100;

/// A statement of the migration that is written.
#[derive(Debug, Default)]
pub(super) struct WrittenStatement {
    pub(super) sql: String,
    /// What is said above it.
    pub(super) comments: Vec<String>,
    pub(super) hazards: Vec<Hazard>,
    /// The table of whose rows an author has to say what they get, quoted.
    pub(super) gap: Option<String>,
}

/// Takes the quotes from all names that need none, and breaks what is long.
pub(super) async fn clean(client: &Client, statements: &mut [WrittenStatement]) -> Result<(), Error> {
    let names: BTreeSet<&str> = statements.iter().flat_map(|one| quoted_names(&one.sql)).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let rows = client.query_typed(include_str!("sql/plain_names.sql"), &[(&names, Type::TEXT_ARRAY)]).await?;
    let plain: BTreeSet<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let needs_no_quotes = |name: &str| plain.contains(name) && !is_reserved_in_sql(name);
    for statement in statements {
        statement.sql = broken_into_lines(&without_defaults(&unquoted(&statement.sql, needs_no_quotes)));
        for comment in &mut statement.comments {
            *comment = unquoted(comment, needs_no_quotes);
        }
    }
    Ok(())
}

/// What the plan of a heal will say of these statements, where all this stands before them; and beside it
/// what the repairs themselves tell.
pub(super) fn tell_costs(id: &MigrationId, statements: &mut [WrittenStatement], before: &CatalogSnapshot) {
    let sql: String = statements.iter().map(|one| format!("{};\n", one.sql)).collect();
    let migration = PluginMigration::new(id.clone(), sql, Vec::new());
    let parsed = statements::parse(&migration.sql).unwrap_or_default();
    let places = parsed.iter().enumerate().map(|(number, statement)| {
        let position = statement.position;
        (format!("{id}:{}:{}", position.line, position.column), number)
    });
    let places: BTreeMap<_, _> = places.collect();
    let mut told = BTreeSet::new();
    let costs = costs_of(&migration, before).into_iter();
    // Every statement that alters a table locks it.
    for cost in costs.filter(|cost| cost.hazard.rule != HazardRule::LockTable) {
        if let Some(statement) = places.get(&cost.place).and_then(|number| statements.get_mut(*number)) {
            statement.comments.push(format!("{}: {}", cost.hazard, cost.reason));
            told.insert(cost.hazard);
        }
    }
    for statement in statements {
        for hazard in std::mem::take(&mut statement.hazards) {
            if !matches!(hazard.rule, HazardRule::Rename(_)) && told.insert(hazard.clone()) {
                statement.comments.push(format!("{hazard}: {}", hazard.rule.says()));
            }
        }
    }
}

/// The whole file.
pub(super) fn file(title: &str, statements: &[WrittenStatement]) -> String {
    let paragraph = |one: &WrittenStatement| {
        let comments: String = one.comments.iter().map(|text| comment(text)).collect();
        format!("\n{comments}{};\n", one.sql)
    };
    format!("{}{}", comment(title), statements.iter().map(paragraph).collect::<String>())
}

/// Lines of a comment, whatever is in the text.
fn comment(text: &str) -> String {
    let mut lines = vec![String::new()];
    let shown: String = text.chars().map(|c| if shows(c) { c } else { ' ' }).collect();
    for word in shown.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() || line.chars().count() + word.chars().count() < WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(format!(" {word}")),
        }
    }
    lines.iter().map(|line| format!("--{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_comment_holds_no_line_of_it_is_sql() {
        let text = format!("a\nDROP TABLE b;\rc {}", "word ".repeat(40));
        let lines = comment(&text);
        assert!(lines.lines().count() > 2, "{lines}");
        assert!(lines.lines().all(|line| line.starts_with("-- ") && line.len() <= WIDTH + 3), "{lines}");
        assert!(!lines.contains('\r'));
    }

    #[test]
    fn each_statement_is_a_paragraph_with_its_comments_above() {
        let statement = WrittenStatement {
            sql: "SELECT 1".to_owned(),
            comments: vec!["why".to_owned()],
            ..WrittenStatement::default()
        };
        let bare = WrittenStatement { sql: "SELECT 2".to_owned(), ..WrittenStatement::default() };
        let text = "-- The title\n\n-- why\nSELECT 1;\n\nSELECT 2;\n";
        assert_eq!(file("The title", &[statement, bare]), text);
    }
}
