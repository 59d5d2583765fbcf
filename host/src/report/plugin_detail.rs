//! All that is known of one plugin.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use tenon_migrations_core::migration::{PluginId, PluginMigration};
use tenon_schema::{Constraint, ConstraintRule, Ident, Table};

use super::settings::SettingsReport;
use super::{PluginSummary, RouteFigures};
use crate::plugin::pages::PluginPage;

/// A plugin as its page shows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PluginDetail {
    #[serde(flatten)]
    pub summary: PluginSummary,
    /// The generation of the contract by which it is called; none of one that is not loaded.
    pub generation: Option<u32>,
    /// Why its file is trusted, in words.
    pub trust: String,
    /// The plugins that require it.
    #[schema(value_type = Vec<String>)]
    pub required_by: Vec<PluginId>,
    /// The tables that it declares, with their columns.
    pub declared_tables: Vec<DeclaredTable>,
    /// How many objects it declares besides tables, by their kind in words.
    pub other_objects: BTreeMap<&'static str, usize>,
    pub migration_states: Vec<MigrationState>,
    /// Why it is not known which migrations were applied, where it is not.
    pub ledger_trouble: Option<String>,
    pub settings: Option<SettingsReport>,
    /// The pages that it has in the console.
    pub pages: Vec<PluginPage>,
    /// The cards that it has on the overview: their names.
    pub cards: Vec<String>,
    /// What was counted of each route since the host started.
    pub route_figures: BTreeMap<String, RouteFigures>,
    /// What it may ask of others through the host: methods with places.
    pub may_fetch: Vec<String>,
    /// How often what it asked ended in each way since the host started.
    pub fetches: BTreeMap<&'static str, u64>,
}

impl PluginDetail {
    /// One that no file brings any more.
    pub(crate) fn gone(summary: PluginSummary) -> Self {
        Self {
            summary,
            generation: None,
            trust: String::new(),
            required_by: Vec::new(),
            declared_tables: Vec::new(),
            other_objects: BTreeMap::new(),
            migration_states: Vec::new(),
            ledger_trouble: None,
            settings: None,
            pages: Vec::new(),
            cards: Vec::new(),
            route_figures: BTreeMap::new(),
            may_fetch: Vec::new(),
            fetches: BTreeMap::new(),
        }
    }
}

/// A table as a plugin declares it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DeclaredTable {
    pub name: String,
    pub columns: Vec<DeclaredColumn>,
    pub indexes: usize,
    /// Whether rows are shown by policies.
    pub row_security: bool,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct DeclaredColumn {
    pub name: String,
    pub data_type: String,
    pub not_null: bool,
    /// The default, or how the value comes about.
    pub value: Option<String>,
    /// The keys of which it is a part.
    pub keys: Vec<&'static str>,
    /// The tables to which it refers, with the column where that is said.
    pub links: Vec<String>,
    pub comment: Option<String>,
}

/// One migration, and whether it was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MigrationState {
    pub filename: String,
    pub checksum: String,
    pub state: AppliedState,
    pub applied: Option<AppliedRow>,
    /// What stands above its first statement.
    pub comment: String,
    pub sql: String,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct AppliedRow {
    pub checksum: String,
    pub heal: String,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    pub took_ms: u64,
}

/// How a migration stands to the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum AppliedState {
    Pending,
    Applied,
    /// Applied with another text.
    Edited,
    /// The ledger could not be read.
    Unknown,
}

impl AppliedState {
    /// The state in a word.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Applied => "applied",
            Self::Edited => "edited since",
            Self::Unknown => "not known",
        }
    }
}

impl DeclaredTable {
    /// A table as it is declared.
    pub(crate) fn of(table: &Table) -> Self {
        let column = |column: &tenon_schema::Column| {
            let of = |constraint: &&Constraint| keys(&constraint.rule).contains(&column.name);
            let mut keys = Vec::new();
            let mut links = Vec::new();
            for constraint in table.constraints.iter().filter(of) {
                match &constraint.rule {
                    ConstraintRule::PrimaryKey { .. } => keys.push("primary key"),
                    ConstraintRule::Unique { .. } => keys.push("unique"),
                    ConstraintRule::ForeignKey { columns, references, referenced_columns, .. } => {
                        let at = columns.iter().position(|one| *one == column.name);
                        let other = at.and_then(|at| referenced_columns.get(at));
                        links.push(match other {
                            Some(other) => format!("{references}.{}", other.as_str()),
                            None => references.to_string(),
                        });
                    }
                    ConstraintRule::Check { .. } | ConstraintRule::Exclude { .. } => {}
                }
            }
            let identity = column.identity.as_ref().map(|_| "identity".to_owned());
            let generated = column.generated.as_ref().map(|one| format!("generated: {one}"));
            DeclaredColumn {
                name: column.name.as_str().to_owned(),
                data_type: column.data_type.clone(),
                not_null: column.not_null || keys.contains(&"primary key"),
                value: generated.or(identity).or_else(|| column.default.clone()),
                keys,
                links,
                comment: column.comment.clone().filter(|comment| !comment.is_empty()),
            }
        };
        Self {
            name: table.name.to_string(),
            columns: table.columns.iter().map(column).collect(),
            indexes: table.indexes.len(),
            row_security: table.row_security,
        }
    }
}

fn keys(rule: &ConstraintRule) -> &[Ident] {
    match rule {
        ConstraintRule::PrimaryKey { columns, .. }
        | ConstraintRule::Unique { columns, .. }
        | ConstraintRule::ForeignKey { columns, .. } => columns,
        ConstraintRule::Check { .. } | ConstraintRule::Exclude { .. } => &[],
    }
}

impl MigrationState {
    /// A migration beside its row of the ledger; `None` for the ledger where it could not be read.
    pub(crate) fn of(migration: &PluginMigration, ledger: Option<&BTreeMap<String, AppliedRow>>) -> Self {
        let applied = ledger.and_then(|rows| rows.get(&migration.id.filename)).cloned();
        let checksum = migration.checksum.to_string();
        let state = match (&applied, ledger) {
            (_, None) => AppliedState::Unknown,
            (None, Some(_)) => AppliedState::Pending,
            (Some(row), _) if row.checksum == checksum => AppliedState::Applied,
            (Some(_), _) => AppliedState::Edited,
        };
        Self {
            filename: migration.id.filename.clone(),
            checksum,
            state,
            applied,
            comment: comment(&migration.sql),
            sql: migration.sql.to_string(),
        }
    }
}

/// The comment at the head of a file, without what is said to Tenon in it.
fn comment(sql: &str) -> String {
    let head = sql.trim_start_matches('\u{feff}').lines().map(str::trim);
    let head = head.take_while(|line| line.starts_with("--"));
    let said = head.map(|line| line.trim_start_matches('-').trim());
    said.filter(|line| !line.is_empty() && !line.starts_with("tenon:")).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_comment_is_what_stands_at_its_head() {
        assert_eq!(
            comment("-- tenon:requires a/1.sql\n-- Items\n--\n-- and stock.\n\n-- no\nSELECT 1"),
            "Items and stock."
        );
        assert_eq!(comment("SELECT 1; -- no"), "");
    }

    #[test]
    fn a_migration_is_pending_applied_or_edited_since() {
        let migration = PluginMigration::new("a/1.sql".parse().unwrap(), "SELECT 1", Vec::new());
        let row = |checksum: String| AppliedRow {
            checksum,
            heal: String::new(),
            at: Timestamp::UNIX_EPOCH,
            took_ms: 1,
        };
        let state = |rows: &[(&str, String)]| {
            let rows = rows.iter().map(|(file, sum)| ((*file).to_owned(), row(sum.clone()))).collect();
            MigrationState::of(&migration, Some(&rows)).state
        };
        assert_eq!(state(&[]), AppliedState::Pending);
        assert_eq!(state(&[("1.sql", migration.checksum.to_string())]), AppliedState::Applied);
        assert_eq!(state(&[("1.sql", "0".repeat(64))]), AppliedState::Edited);
        assert_eq!(MigrationState::of(&migration, None).state, AppliedState::Unknown);
    }

    #[test]
    fn the_columns_of_a_table_know_their_keys_and_links() {
        let table = serde_json::from_value(serde_json::json!({
            "name": "shop.line",
            "columns": [
                { "name": "id", "data_type": "bigint", "identity": "always" },
                { "name": "item", "data_type": "bigint", "not_null": true },
                { "name": "qty", "data_type": "int", "default": "1" },
            ],
            "constraints": [
                { "rule": { "primary_key": { "columns": ["id"] } } },
                { "rule": { "foreign_key": { "columns": ["item"], "references": "inventory.item", "referenced_columns": ["id"] } } },
            ],
        }));
        let entity = DeclaredTable::of(&table.unwrap());
        let told: Vec<_> = entity
            .columns
            .iter()
            .map(|one| {
                (
                    one.name.as_str(),
                    one.not_null,
                    one.keys.join(" "),
                    one.links.join(" "),
                    one.value.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("id", true, "primary key".to_owned(), String::new(), Some("identity")),
                ("item", true, String::new(), "inventory.item.id".to_owned(), None),
                ("qty", false, String::new(), String::new(), Some("1")),
            ]
        );
    }
}
