//! What an import reports.

use std::collections::BTreeMap;

use serde::Serialize;
use tenon_schema::Ident;

use super::told::{ImportNote, ImportNotes};

/// What is told of an import.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ImportReport {
    pub plugin: String,
    /// What was taken, by its kind.
    pub taken: BTreeMap<&'static str, usize>,
    /// How many of the tables are entities.
    pub entities: usize,
    /// The files of migrations.
    pub migrations: Vec<String>,
    /// The roles that have to be there before a heal.
    #[schema(value_type = Vec<String>)]
    pub roles: Vec<Ident>,
    #[serde(flatten)]
    pub notes: ImportNotes,
}

/// The document that is written beside the sources.
pub(super) fn document(report: &ImportReport, source: &str) -> String {
    let mut text = format!("# Import\n\nImported from {source}.\n\n");
    let taken: Vec<_> = report.taken.iter().map(|(what, number)| format!("- {what}: {number}\n")).collect();
    text.push_str(&format!("Taken:\n\n{}\n", taken.concat()));
    let entities = report.entities;
    text.push_str(&format!(
        "Of the tables, {entities} are entities. What the others are stands in `descriptors.json`.\n"
    ));
    if !report.roles.is_empty() {
        let roles: Vec<_> = report.roles.iter().map(|role| format!("- `{role}`\n")).collect();
        text.push_str(&format!(
            "\nThese roles have to be there before the plugin is proved or healed. No plugin makes them:\n\n{}",
            roles.concat()
        ));
    }
    for (heading, notes) in report.notes.groups() {
        text.push_str(&format!("\n## {heading}\n\n"));
        for ImportNote { place, says, advice } in notes {
            let advice = advice.as_ref().map_or_else(String::new, |advice| format!(" What to do: {advice}."));
            text.push_str(&format!("- {place}: {says}.{advice}\n"));
        }
    }
    text.push_str(NEVER);
    text
}

/// What no reading of a schema has.
const NEVER: &str = "
## What an import never takes

- Rows, positions of sequences, large objects.
- Owners: whoever heals owns what a heal makes.
- Roles, their memberships and settings; settings of the database; user mappings, subscriptions, tablespaces.
";
