use clap::Args;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::app::App;
use super::backup::MadeBackup;
use super::documents::{
    AccountList, AddedAccount, AddedToken, ApprovedPlan, ChangedFindings, ChangedJob, ChangedPassword,
    ChangedRole, CheckedConfig, DevEvent, DiscardedEvent, ExplainedCodes, Failed, FindingList, Imported,
    PluginDiff, PluginList, Released, RemovedAccount, RetriedEvents, RetriedMessages, RevokedToken,
    SchemaDiff, Served, ShownConfig, TokenList, TriedTargets, UndeclaredSettings, Verified, WrittenPlugin,
};
use super::exit::Exit;
use super::failure::Failure;
use super::fleet::{CheckedDatabase, FleetSummary, HealedDatabase, PlannedDatabase};
use super::heal::EndedHeal;
use super::plan::PrintedPlan;
use super::postgres::UpgradedPostgres;
use super::restore::RestoredBackup;
use crate::heal::HealEvent;
use crate::host::ShownAudit;
use crate::host::events::EventList;
use crate::host::jobs::{JobHistory, JobList};
use crate::host::notify::{Notification, NotificationReport};
use crate::host::saved_settings::SavedChange;
use crate::plugin::faults::Quarantined;
use crate::plugin::inspect::{Facts, Inspection};
use crate::report::doctor::DoctorReport;
use crate::report::graph::DependencyGraph;
use crate::report::hosts::HostsReport;
use crate::report::json::{self, FORMAT};
use crate::report::settings::SettingsReport;
use crate::report::{AuditProof, Closed, HealthReport};
use crate::schema::snapshot_file::SnapshotFile;

/// Print the JSON Schema of what a command prints with --json
///
/// Without a command, the schemas of all by the command. Of a command that prints several lines the schema is
/// that of each line. `tenon json-schema notify message` prints that of what webhooks and commands get. Opens
/// no plugin and no database.
#[derive(Debug, Args)]
pub(super) struct JsonSchema {
    /// The command, such as check or finding list
    command: Vec<String>,
}

/// Adds a type to the definitions, and gives the schema of what is printed of it.
type Printed = fn(&mut Map<String, Value>) -> Value;

/// The commands that print JSON, with the types of which they print one, or one a line.
const COMMANDS: &[(&str, &[Printed])] = &[
    ("about", &[own::<Facts>]),
    ("admin add", &[with_format::<AddedAccount<'static>>]),
    ("admin list", &[with_format::<AccountList<'static>>]),
    ("admin passwd", &[with_format::<ChangedPassword<'static>>]),
    ("admin remove", &[with_format::<RemovedAccount<'static>>]),
    ("admin role", &[with_format::<ChangedRole<'static>>]),
    ("admin token add", &[with_format::<AddedToken<'static>>]),
    ("admin token list", &[with_format::<TokenList>]),
    ("admin token revoke", &[with_format::<RevokedToken<'static>>]),
    ("audit list", &[with_format::<ShownAudit>]),
    ("audit resolve", &[with_format::<Closed>]),
    ("audit verify", &[with_format::<AuditProof>]),
    ("backup", &[with_format::<MadeBackup<'static>>]),
    ("baseline", &[with_format::<HealEvent>, with_format::<EndedHeal<'static>>]),
    ("check", &[own::<HealthReport>]),
    ("config check", &[with_format::<CheckedConfig<'static>>]),
    ("config show", &[with_format::<ShownConfig<'static>>]),
    ("dev", &[with_format::<DevEvent<'static>>]),
    ("doctor", &[with_format::<DoctorReport>]),
    ("event discard", &[with_format::<DiscardedEvent>]),
    ("event list", &[with_format::<EventList>]),
    ("event retry", &[with_format::<RetriedEvents>]),
    ("explain", &[with_format::<ExplainedCodes<'static>>]),
    ("finding acknowledge", &[with_format::<ChangedFindings<'static>>]),
    ("finding list", &[with_format::<FindingList<'static>>]),
    ("finding unacknowledge", &[with_format::<ChangedFindings<'static>>]),
    ("fleet check", &[with_format::<CheckedDatabase>, with_format::<FleetSummary>]),
    ("fleet heal", &[with_format::<HealedDatabase>, with_format::<FleetSummary>]),
    ("fleet plan", &[with_format::<PlannedDatabase>, with_format::<FleetSummary>]),
    ("graph", &[own::<DependencyGraph>]),
    ("heal", &[with_format::<HealEvent>, with_format::<EndedHeal<'static>>]),
    ("host list", &[with_format::<HostsReport>]),
    ("job history", &[with_format::<JobHistory>]),
    ("job list", &[with_format::<JobList>]),
    ("job pause", &[with_format::<ChangedJob<'static>>]),
    ("job resume", &[with_format::<ChangedJob<'static>>]),
    ("job run", &[with_format::<ChangedJob<'static>>]),
    ("ledger forget", &[with_format::<HealEvent>, with_format::<EndedHeal<'static>>]),
    ("notify list", &[with_format::<NotificationReport>]),
    ("notify retry", &[with_format::<RetriedMessages>]),
    ("notify test", &[with_format::<TriedTargets>]),
    ("plan", &[with_format::<PrintedPlan<'static>>]),
    ("plan approve", &[with_format::<ApprovedPlan>]),
    ("plugin diff", &[with_format::<PluginDiff<'static>>]),
    ("plugin import", &[with_format::<Imported<'static>>]),
    ("plugin inspect", &[own::<Inspection>]),
    ("plugin list", &[with_format::<PluginList<'static>>]),
    ("plugin new", &[with_format::<WrittenPlugin<'static>>]),
    ("plugin quarantine", &[with_format::<Quarantined>]),
    ("plugin release", &[with_format::<Released<'static>>]),
    (
        "plugin settings",
        &[
            with_format::<SettingsReport>,
            with_format::<UndeclaredSettings<'static>>,
            with_format::<SavedChange>,
        ],
    ),
    ("plugin verify", &[with_format::<Verified<'static>>]),
    ("postgres upgrade", &[with_format::<UpgradedPostgres<'static>>]),
    ("restore", &[with_format::<RestoredBackup<'static>>]),
    ("schema diff", &[with_format::<SchemaDiff<'static>>]),
    ("schema read", &[own::<SnapshotFile>]),
    ("serve", &[with_format::<Served<'static>>]),
];

/// What is printed by no command, and sent to targets instead.
const MESSAGE: &str = "notify message";

impl JsonSchema {
    pub(crate) fn run(self, app: &App) -> Result<Exit, Failure> {
        let command = self.command.join(" ");
        let schema = if command.is_empty() {
            let all = COMMANDS.iter().map(|(name, kinds)| ((*name).to_owned(), schema_of(name, kinds)));
            let all = all.chain([(MESSAGE.to_owned(), schema_of_message())]);
            json!({ "format": FORMAT, "schemas": all.collect::<Map<_, _>>() })
        } else if command == MESSAGE {
            schema_of_message()
        } else {
            let found = COMMANDS.iter().find(|(name, _)| *name == command).ok_or_else(|| {
                let names: Vec<_> = COMMANDS.iter().map(|(name, _)| *name).chain([MESSAGE]).collect();
                Failure::new(Exit::Usage, format!("{command} prints no JSON, or is no command"))
                    .detail(format!("there are schemas of {}", names.join(", ")))
                    .hint("`tenon json-schema` prints them all")
            })?;
            schema_of(found.0, found.1)
        };
        app.terminal.data(&json::whole(&schema));
        Ok(Exit::Done)
    }
}

/// The schema of a command's output: one of its types, or a failure.
fn schema_of(command: &str, kinds: &[Printed]) -> Value {
    let mut definitions = Map::new();
    let mut kinds: Vec<_> = kinds.iter().map(|kind| kind(&mut definitions)).collect();
    kinds.push(with_format::<Failed>(&mut definitions));
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("tenon {command} --json"),
        "anyOf": kinds,
        "$defs": definitions,
    })
}

fn schema_of_message() -> Value {
    let mut definitions = Map::new();
    let message = own::<Notification>(&mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A message of Tenon to a webhook or a command",
        "allOf": [message],
        "$defs": definitions,
    })
}

/// A type that has its `format` itself.
fn own<T: ToSchema>(definitions: &mut Map<String, Value>) -> Value {
    let mut all = vec![(T::name().into_owned(), T::schema())];
    T::schemas(&mut all);
    for (name, schema) in all {
        let mut schema = serde_json::to_value(schema).unwrap_or_default();
        refer_to_definitions(&mut schema);
        definitions.insert(name, schema);
    }
    json!({ "$ref": format!("#/$defs/{}", T::name()) })
}

/// A type to which its `format` is added.
fn with_format<T: ToSchema>(definitions: &mut Map<String, Value>) -> Value {
    let format = json!({ "properties": { "format": { "const": FORMAT } }, "required": ["format"] });
    json!({ "allOf": [format, own::<T>(definitions)] })
}

/// Turns references into those of a document of its own.
fn refer_to_definitions(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(reference) if name == "$ref" => {
                        *reference = reference.replace("#/components/schemas/", "#/$defs/");
                    }
                    member => refer_to_definitions(member),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(refer_to_definitions),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_a_schema_leads_somewhere() {
        let all = COMMANDS.iter().map(|(command, kinds)| (*command, schema_of(command, kinds)));
        for (command, schema) in all.chain([(MESSAGE, schema_of_message())]) {
            let text = schema.to_string();
            for reference in text.split("\"$ref\":\"#/$defs/").skip(1) {
                let (name, _) = reference.split_once('"').unwrap();
                assert!(schema["$defs"].get(name).is_some(), "{command}: {name}");
            }
        }
    }
}
