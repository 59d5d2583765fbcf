//! The far side of the contract: what `export_plugin!` compiles into a plugin.
//!
//! Everything here is generic over [`Export`], so that it is instantiated in the plugin's own library, where
//! alone a panic of the plugin can be caught.

mod descriptors;
mod functions;
mod guard;
mod v1;
mod v2;

pub use crate::card::{number_card, table_card, text_card};
pub use crate::event::hear;
pub use crate::function::offer;
pub use descriptors::with_file;
pub use guard::guard;
pub use v1::{module_v1, root_v1};
pub use v2::{module_v2, root_v2};

use abi_stable::std_types::RVec;
use schemars::JsonSchema;
use serde_json::Value;
use tenon_schema::{Descriptors, ObjectName, Policy, Trigger};

use crate::contract::{HostV2, MigrationV1};
use crate::plugin::Plugin;
use crate::settings::{self, Settings};
use crate::{
    Card, CardContent, Connection, EmbeddedAsset, EventCall, Host, Job, PluginError, Request, Response,
};

/// What stands around the statements of a plugin in the text of its schema entry, which goes on behind them
/// as if they were not there.
pub const STATEMENTS_BEFORE: &str = "{\"format\":{\"statements\":";
/// What ends them.
pub const STATEMENTS_BEHIND: &str = "},";

/// What `export_plugin!` implements.
pub trait Export: 'static {
    /// The plugin's type.
    type Plugin: Plugin;
    /// The plugin's id.
    const ID: &'static str;

    /// The one value of that type.
    fn plugin() -> &'static Self::Plugin;
    /// The bytes at the manifest's symbol.
    fn manifest() -> &'static [u8];
    /// The schema descriptors.
    ///
    /// # Errors
    ///
    /// When something is declared for a table that is not.
    fn schema() -> Result<Descriptors, PluginError>;
    /// The lock file, once there is one.
    fn lock() -> Option<&'static str> {
        None
    }
    /// The JSON Schema of the plugin's settings, if it says what they are.
    fn settings() -> Option<Value> {
        None
    }
    /// Takes the settings that the host hands over.
    ///
    /// # Errors
    ///
    /// When they are not of the plugin's type.
    fn configure(host: &dyn HostV2) -> Result<(), PluginError> {
        let _ = host;
        Ok(())
    }
    /// Runs one of the plugin's jobs.
    ///
    /// # Errors
    ///
    /// The job's own, and when there is none of that name.
    fn job(job: &Job<'_>, db: &Connection<'_>) -> Result<(), PluginError> {
        let _ = db;
        Err(PluginError::not_found(format!("there is no job {}", job.name())))
    }
    /// The JSON Schemas of the payloads of the events that it emits, by their names.
    fn emits() -> Vec<(&'static str, Value)> {
        Vec::new()
    }
    /// Has events of this name heard.
    ///
    /// # Errors
    ///
    /// The listener's own, and when there is none for that name.
    fn event(name: &str, call: &EventCall, host: &Host<'_>, db: &Connection<'_>) -> Result<(), PluginError> {
        let _ = (call, host, db);
        Err(PluginError::not_found(format!("nothing here hears {name}")))
    }
    /// The files of the plugin's pages.
    fn assets() -> &'static [EmbeddedAsset] {
        &[]
    }
    /// Says what one of the plugin's cards shows.
    ///
    /// # Errors
    ///
    /// The card's own, and when there is none of that name.
    fn card(card: &Card<'_>, db: &Connection<'_>) -> Result<CardContent, PluginError> {
        let _ = db;
        Err(PluginError::not_found(format!("there is no card {}", card.name())))
    }
    /// Has a function called that the plugin offers to others.
    ///
    /// # Errors
    ///
    /// The function's own, and when there is none of that name.
    fn offered(name: &str, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError> {
        let _ = (request, db);
        Err(PluginError::not_found(format!("there is no function {name}")))
    }
    /// The migrations.
    fn migrations() -> RVec<MigrationV1>;
}

/// The JSON Schema of a type of settings.
pub fn settings_schema<S: Settings>() -> Option<Value> {
    Some(settings::schema::<S>())
}

/// The JSON Schema of the payload of an event.
pub fn event_schema<T: JsonSchema>() -> Value {
    settings::schema::<T>()
}

/// The routes of `routes!` as members of the manifest.
pub const fn routes_or_none(routes: &'static str) -> &'static str {
    if routes.is_empty() {
        ",\"routes\":[],\"read_only\":[],\"autocommit\":[],\"ddl\":[],\"public\":[],\"user\":[],\"admin\":[]"
    } else {
        routes
    }
}

/// The query of a view out of a text that may be a whole file: without the semicolon at its end.
pub fn query(text: &str) -> String {
    match text.trim_end().strip_suffix(';') {
        Some(query) => query.trim_end().to_owned(),
        None => text.to_owned(),
    }
}

/// Hangs triggers on a table or view.
///
/// # Errors
///
/// When neither is declared.
pub fn add_triggers(
    descriptors: &mut Descriptors,
    on: &ObjectName,
    triggers: Vec<Trigger>,
) -> Result<(), PluginError> {
    let tables = descriptors.tables.iter_mut().map(|table| (&table.name, &mut table.triggers));
    let views = descriptors.views.iter_mut().map(|view| (&view.name, &mut view.triggers));
    let found = tables.chain(views).find(|(name, _)| *name == on);
    let (_, of_relation) = found.ok_or_else(|| undeclared("triggers", on))?;
    of_relation.extend(triggers);
    Ok(())
}

/// Hangs row security policies on a table, and switches row security on.
///
/// # Errors
///
/// When the table is not declared.
pub fn add_policies(
    descriptors: &mut Descriptors,
    on: &ObjectName,
    policies: Vec<Policy>,
) -> Result<(), PluginError> {
    let found = descriptors.tables.iter_mut().find(|table| table.name == *on);
    let table = found.ok_or_else(|| undeclared("policies", on))?;
    table.row_security = true;
    table.policies.extend(policies);
    Ok(())
}

fn undeclared(what: &str, on: &ObjectName) -> PluginError {
    PluginError::internal(format!(
        "{what} are declared for {on}, and it is declared neither by an entity nor in another list"
    ))
}

/// How many bytes the parts have together.
pub const fn total_len(parts: &[&str]) -> usize {
    let mut total = 0;
    let mut part = 0;
    while part < parts.len() {
        total += parts[part].len();
        part += 1;
    }
    total
}

/// The parts, one after the other. `N` has to be their [`total_len`]; the compiler stops if it is not.
pub const fn concat<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut bytes = [0; N];
    let mut at = 0;
    let mut part = 0;
    while part < parts.len() {
        let text = parts[part].as_bytes();
        let mut index = 0;
        while index < text.len() {
            bytes[at] = text[index];
            at += 1;
            index += 1;
        }
        part += 1;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_a_query_ends_with_a_semicolon_or_without() {
        for text in ["SELECT 1", "SELECT 1;\n", "SELECT 1 ; \n"] {
            assert_eq!(query(text), "SELECT 1");
        }
        assert_eq!(query("SELECT 1\n"), "SELECT 1\n", "what was a query before stays the same text");
    }

    #[test]
    fn what_is_declared_for_nothing_says_so() {
        let mut descriptors = Descriptors::default();
        let on = ObjectName::new("notes", "nte");
        let error = add_triggers(&mut descriptors, &on, Vec::new()).unwrap_err();
        assert!(error.message().starts_with("triggers are declared for notes.nte"), "{error}");
        assert!(add_policies(&mut descriptors, &on, Vec::new()).is_err());
    }
}
