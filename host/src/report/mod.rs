//! What a check found, ready to be shown as text, JSON or HTML.

mod announced;
mod audit_lines;
mod audit_proof;
pub(crate) mod command;
pub mod doctor;
mod excerpt;
pub mod explain;
pub mod graph;
pub mod hosts;
pub mod json;
pub(crate) mod markdown;
pub(crate) mod plan_sql;
mod plugin;
mod plugin_detail;
pub mod remaining;
mod route_figures;
pub mod settings;
mod states;
pub mod text;

pub use announced::Announced;
pub use audit_lines::{LinesFormat, UnknownLinesFormat};
pub use audit_proof::{AuditProof, Closed};
pub use excerpt::Excerpt;
use jiff::Timestamp;
pub use plan_sql::{Mark, MarkKind, MigrationSql};
pub use plugin::PluginSummary;
pub use plugin_detail::{
    AppliedRow, AppliedState, DeclaredColumn, DeclaredTable, MigrationState, PluginDetail,
};
pub use remaining::Remaining;
pub use route_figures::RouteFigures;
use serde::{Deserialize, Serialize};
pub use states::PluginStates;
use tenon_migrations_core::finding::{Finding, Severity};
use tenon_migrations_core::health::{PluginHealth, Status};
use tenon_migrations_core::migration::PluginId;
use tenon_migrations_core::tolerance::Tolerated;

use crate::config::Environment;
use crate::database::unavailable::Unavailable;

/// The whole of one check.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct HealthReport {
    /// The version of this JSON.
    pub format: u32,
    pub status: Status,
    pub environment: Environment,
    pub checked_at: Timestamp,
    /// How long the check took, in milliseconds.
    pub took_ms: u64,
    pub database: DatabaseInfo,
    /// The host itself first, then the plugins by id, those that are out included.
    pub plugins: Vec<PluginHealth>,
    /// Objects in plugins' schemas that no plugin claims: told, never held against a plugin.
    pub unmanaged: Vec<String>,
    /// What stands beside plugins' objects and is tolerated, with the reason: it counts for nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tolerated: Vec<Tolerated>,
    /// What stands in plugins' schemas and is of a kind that is not compared.
    #[serde(default)]
    pub announced: Vec<Announced>,
    /// What went wrong beside the check, and did not keep it from being made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Kinds of object that are not compared yet.
    pub not_compared: Vec<String>,
}

/// The database a check spoke to, without any secret.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DatabaseInfo {
    /// Host, port, database and user.
    pub address: String,
    /// The version as `SHOW server_version` prints it; empty when the server was not reached.
    pub server_version: String,
    /// The heal that was running, whoever's it is, and since when: what it does is not seen before it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running_heal: Option<String>,
    /// The host that has read the catalog for this one, and found that nothing has changed; absent where this
    /// one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_by: Option<String>,
    /// Why the database could not be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// Why the database could not be read.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trouble {
    pub kind: Unavailable,
    /// The whole chain of causes in one line.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// One finding where it stands without its plugin.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Listed<'a> {
    pub plugin_name: &'a str,
    pub plugin_version: &'a str,
    #[serde(flatten)]
    pub finding: &'a Finding,
}

impl<'a> Listed<'a> {
    fn of_plugin(plugin: &'a PluginHealth) -> impl Iterator<Item = Self> {
        let (plugin_name, plugin_version) = (plugin.name.as_str(), plugin.version.as_str());
        plugin.findings.iter().map(move |finding| Self { plugin_name, plugin_version, finding })
    }
}

impl HealthReport {
    /// One plugin's part.
    pub fn plugin(&self, id: &PluginId) -> Option<&PluginHealth> {
        self.plugins.iter().find(|plugin| plugin.id == *id)
    }

    /// All findings with the names of their plugins.
    pub fn list(&self) -> Vec<Listed<'_>> {
        self.plugins.iter().flat_map(Listed::of_plugin).collect()
    }

    /// How many findings are acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.findings().filter(|finding| finding.acknowledged.is_some()).count()
    }

    /// The findings that count: neither cosmetic nor acknowledged.
    pub fn counting(&self) -> impl Iterator<Item = &Finding> {
        self.findings()
            .filter(|finding| finding.acknowledged.is_none() && finding.severity > Severity::Cosmetic)
    }

    /// All findings of all plugins.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.plugins.iter().flat_map(|plugin| &plugin.findings)
    }
}
