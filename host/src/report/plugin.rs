//! A plugin as it is shown.

use serde::Serialize;
use tenon_migrations_core::finding::Finding;
use tenon_migrations_core::migration::PluginId;

use crate::plugin::faults::Quarantined;
use crate::plugin::inspect::NextStart;
use crate::plugin::isolate::Refused;
use crate::plugin::problem::Problem;
use crate::plugin::trust::VerifiedSignature;

/// A plugin as `plugin list` shows it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PluginSummary {
    pub id: PluginId,
    /// The plugin that this file says it is, where that is served from another one and this one is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<PluginId>,
    pub name: String,
    pub version: String,
    /// What it is served from; of one that is not usable, the file that is refused.
    pub file: String,
    pub sha256: String,
    /// The signature by which the file is trusted, where one is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<VerifiedSignature>,
    pub requires: Vec<String>,
    pub routes: Vec<String>,
    pub tables: Vec<String>,
    pub migrations: Vec<String>,
    /// What the kernel refused to its threads since the host started.
    pub refused: Vec<Refused>,
    /// How many of its threads hang.
    pub hanging: usize,
    pub quarantined: Option<Quarantined>,
    /// Whether the operator wants its routes not to answer.
    pub disabled: bool,
    pub problems: Vec<Finding>,
    /// What its file is refused for, with the code, and what is worth knowing of it.
    pub file_problems: Vec<Problem>,
    /// What the next start will find in the place of its file, if it is something else.
    pub waiting: Option<NextStart>,
    pub usable: bool,
}

impl PluginSummary {
    /// What is known of every plugin, also of one whose file is refused.
    pub(crate) fn new(id: PluginId, name: String, version: String) -> Self {
        Self {
            id,
            beside: None,
            name,
            version,
            file: String::new(),
            sha256: String::new(),
            signature: None,
            requires: Vec::new(),
            routes: Vec::new(),
            tables: Vec::new(),
            migrations: Vec::new(),
            refused: Vec::new(),
            hanging: 0,
            quarantined: None,
            disabled: false,
            problems: Vec::new(),
            file_problems: Vec::new(),
            waiting: None,
            usable: false,
        }
    }
}
