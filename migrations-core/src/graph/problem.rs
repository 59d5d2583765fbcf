//! What can be wrong with a graph, said so that an operator can act on it.

use std::collections::BTreeSet;

use semver::{Version, VersionReq};

use super::path;
use crate::migration::{MigrationId, PluginId};

/// Why the migrations of some plugins have no place in the order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum GraphProblem {
    /// Migrations that require each other.
    #[error(
        "migrations require each other in a circle: {}; none of them can be first, so one of these requirements has \
         to be taken out by its plugin's author",
        path(cycle)
    )]
    Cycle {
        /// The path from the smallest id back to itself; each requires the next.
        cycle: Vec<MigrationId>,
        /// All plugins with files that require each other in this way, on the path or beside it.
        plugins: BTreeSet<PluginId>,
    },
    /// A file requires one that nobody brings.
    #[error(
        "{by} requires {wanted}, which does not exist; install a version of plugin {} that brings it, or correct the \
         requirement",
        wanted.plugin
    )]
    UnknownMigration {
        /// The file.
        by: MigrationId,
        /// What it requires.
        wanted: MigrationId,
    },
    /// A file says that it comes before one that its plugin does not bring.
    #[error(
        "{by} says that it comes before {wanted}, which plugin {} does not bring; its author has to correct the line \
         `-- tenon:before {wanted}` or take it out",
        wanted.plugin
    )]
    UnknownSuccessor {
        /// The file.
        by: MigrationId,
        /// What it says it comes before.
        wanted: MigrationId,
    },
    /// A file says that it comes before what is no file.
    #[error("the line `-- tenon:before …` of {by} names no file: {why}; its author has to correct it")]
    BadBefore {
        /// The file.
        by: MigrationId,
        /// What is wrong with the name.
        why: String,
    },
    /// A file says that it comes before one of its own plugin, or of the host.
    #[error(
        "{by} says that it comes before {wanted}; files of one plugin come in the order of their names, and those of \
         the host before all others: its author has to take the line `-- tenon:before {wanted}` out"
    )]
    NotBefore {
        /// The file.
        by: MigrationId,
        /// What it says it comes before.
        wanted: MigrationId,
    },
    /// A file requires one of a plugin that its own plugin does not require.
    #[error(
        "{by} requires {wanted}, but plugin {} does not require plugin {}; its author has to add {} with a version \
         range to the plugin's requirements",
        by.plugin, wanted.plugin, wanted.plugin
    )]
    UndeclaredPlugin {
        /// The file.
        by: MigrationId,
        /// What it requires.
        wanted: MigrationId,
    },
    /// A plugin brings two files of one name.
    #[error("plugin {} brings {} more than once; file names have to be unique within a plugin", id.plugin, id.filename)]
    DuplicateMigration {
        /// The name.
        id: MigrationId,
    },
    /// A plugin brings two files of one number.
    #[error(
        "{first} and {second} have the same number; give one of them another, so that their order is meant and not \
         by accident"
    )]
    DuplicateNumber {
        /// The file that comes first by name.
        first: MigrationId,
        /// The file that comes second by name.
        second: MigrationId,
    },
}

impl GraphProblem {
    /// The plugins that have to be left out for the others to be ordered.
    pub fn plugins(&self) -> BTreeSet<&PluginId> {
        match self {
            Self::Cycle { plugins, .. } => plugins.iter().collect(),
            Self::UnknownMigration { by, .. }
            | Self::UnknownSuccessor { by, .. }
            | Self::BadBefore { by, .. }
            | Self::NotBefore { by, .. }
            | Self::UndeclaredPlugin { by, .. } => BTreeSet::from([&by.plugin]),
            Self::DuplicateMigration { id } => BTreeSet::from([&id.plugin]),
            Self::DuplicateNumber { first, .. } => BTreeSet::from([&first.plugin]),
        }
    }
}

/// Why a plugin cannot be used, although it was loaded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PluginProblem {
    /// Two plugins say they are the same.
    #[error("more than one plugin has the id {id}; leave only one of them in the plugin directory")]
    DuplicateId {
        /// The id of both.
        id: PluginId,
    },
    /// A plugin says it is the host.
    #[error("the id {id} is the host's own; the plugin's author has to choose another")]
    ReservedId {
        /// The id.
        id: PluginId,
    },
    /// The plugin requires one that is not there.
    #[error("requires plugin {plugin} ({range}), which is not installed; install it, or remove this plugin")]
    MissingRequirement {
        /// The required plugin.
        plugin: PluginId,
        /// The versions that will do.
        range: VersionReq,
    },
    /// The plugin requires another version of a plugin, or of the host, than is there.
    #[error(
        "requires {plugin} {range}, but {plugin} {found} is installed; install a version of either that fits"
    )]
    UnsatisfiedRequirement {
        /// The required plugin.
        plugin: PluginId,
        /// The versions that will do.
        range: VersionReq,
        /// The version that is there.
        found: Version,
    },
    /// The plugin requires one that cannot be used itself.
    #[error("requires plugin {plugin}, which cannot be used; see the problem of {plugin}")]
    RequiresUnusable {
        /// The required plugin.
        plugin: PluginId,
    },
    /// Plugins that require each other.
    #[error(
        "plugins require each other in a circle: {}; one of these requirements has to be taken out",
        path(cycle)
    )]
    RequirementCycle {
        /// The path from the smallest id back to itself; each requires the next.
        cycle: Vec<PluginId>,
    },
}

/// Why a plugin is out: for its migrations, or for what it requires.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RegistryProblem {
    /// The plugin's migrations have no place in the order.
    #[error(transparent)]
    Graph(#[from] GraphProblem),
    /// The plugin cannot be used.
    #[error(transparent)]
    Plugin(#[from] PluginProblem),
}
