//! The graph of plugins and migrations, each with its state, as text, DOT, SVG and JSON of the same value.

mod dot;
mod layout;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use tenon_migrations_core::health::Status;
use tenon_migrations_core::migration::{MigrationId, PluginId};

pub use self::dot::dot;
pub use self::layout::{Picture, TooManyNodes, svg};
pub use self::text::text;
use crate::report::text::clean;

/// All plugins and migrations, and what has to come before what.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct DependencyGraph {
    /// The version of this JSON.
    pub format: u32,
    /// The verdict of the check that the states are of.
    pub status: Status,
    pub checked_at: Timestamp,
    /// The host itself first, then the plugins by id, those that are out included.
    pub plugins: Vec<PluginNode>,
    /// In the order in which they are applied; those that no plugin brings any more last.
    pub migrations: Vec<MigrationNode>,
}

/// A plugin with what it requires.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct PluginNode {
    pub id: PluginId,
    /// The plugin's name for people, with its version.
    pub name: String,
    pub state: NodeState,
    /// The state in words, such as `2 pending`.
    pub label: String,
    /// The plugins that it cannot do without, each with the versions that will do.
    pub requires: BTreeMap<PluginId, String>,
}

/// A migration with what has to be applied before.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MigrationNode {
    pub id: MigrationId,
    pub state: NodeState,
    /// The one before it of its plugin, and those of others that it names.
    pub requires: Vec<MigrationId>,
}

/// The state of a plugin or a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// A plugin with which nothing is wrong.
    InStep,
    /// A migration that is in the ledger.
    Applied,
    /// A migration that is not, or a plugin that has one.
    Pending,
    /// A migration that was changed after it was applied.
    Edited,
    /// A migration in the ledger that no plugin brings.
    Missing,
    /// A plugin of which something else is out of step.
    Differs,
    /// A plugin whose routes are held or disabled, with nothing else wrong.
    Held,
    /// A plugin that is not loaded.
    Out,
    /// Nothing is known of it, since the database could not be read.
    Unknown,
}

impl NodeState {
    /// The state in words.
    pub fn word(self) -> &'static str {
        match self {
            Self::InStep => "in step",
            Self::Applied => "applied",
            Self::Pending => "pending",
            Self::Edited => "edited",
            Self::Missing => "missing",
            Self::Differs => "out of step",
            Self::Held => "held",
            Self::Out => "out",
            Self::Unknown => "unknown",
        }
    }

    /// What it is drawn in: its class among the verdicts.
    pub fn class(self) -> &'static str {
        match self {
            Self::InStep | Self::Applied => "healthy",
            Self::Pending | Self::Differs | Self::Held => "drifted",
            Self::Edited | Self::Missing | Self::Out => "degraded",
            Self::Unknown => "unknown",
        }
    }
}

/// What is drawn of a graph: its nodes with one line of text each, and its arrows by their places.
#[derive(Debug, Clone, Default)]
pub struct Drawing {
    pub nodes: Vec<DrawnNode>,
    /// From what has to come first to what comes after.
    pub edges: Vec<(usize, usize)>,
}

/// A node as it is drawn.
#[derive(Debug, Clone)]
pub struct DrawnNode {
    pub id: String,
    pub text: String,
    pub state: NodeState,
}

impl DrawnNode {
    /// The address of its plugin's page, at the migrations where it is one.
    fn page(&self) -> String {
        match self.id.split_once('/') {
            Some((plugin, _)) => format!("/plugin/{plugin}#migrations"),
            None => format!("/plugin/{}", self.id),
        }
    }
}

impl DependencyGraph {
    /// What has to do with this plugin: what it requires, whatever requires it, and so on; with their
    /// migrations. `None` if there is no such plugin.
    pub fn around(&self, plugin: &PluginId) -> Option<Self> {
        let required: BTreeMap<_, Vec<_>> =
            self.plugins.iter().map(|node| (&node.id, node.requires.keys().collect())).collect();
        let mut requiring: BTreeMap<&PluginId, Vec<&PluginId>> = BTreeMap::new();
        for (id, requires) in &required {
            requires.iter().for_each(|other| requiring.entry(other).or_default().push(id));
        }
        required.get(plugin)?;
        let mut kept = reached(plugin, &required);
        kept.extend(reached(plugin, &requiring));
        let mut around = self.clone();
        around.plugins.retain(|node| kept.contains(&node.id));
        around.migrations.retain(|node| kept.contains(&node.id.plugin));
        Some(around)
    }

    /// The plugins alone.
    pub fn of_plugins(&self) -> Drawing {
        let nodes = self.plugins.iter().map(|node| DrawnNode {
            id: node.id.to_string(),
            text: format!("{} · {}", node.name, node.label),
            state: node.state,
        });
        let requires = |node: &PluginNode| node.requires.keys().map(ToString::to_string).collect();
        Drawing::new(nodes.collect(), self.plugins.iter().map(requires))
    }

    /// The migrations of all plugins.
    pub fn of_migrations(&self) -> Drawing {
        let nodes = self.migrations.iter().map(|node| DrawnNode {
            id: node.id.to_string(),
            text: format!("{} · {}", node.id, node.state.word()),
            state: node.state,
        });
        let requires = |node: &MigrationNode| node.requires.iter().map(ToString::to_string).collect();
        Drawing::new(nodes.collect(), self.migrations.iter().map(requires))
    }
}

impl Drawing {
    /// What plugins call themselves is shown on one line, and steers nothing.
    fn new(mut nodes: Vec<DrawnNode>, requires: impl Iterator<Item = Vec<String>>) -> Self {
        nodes.iter_mut().for_each(|node| node.text = clean(&node.text).replace('\n', " "));
        let places: BTreeMap<_, _> = nodes.iter().zip(0..).map(|(node, at)| (node.id.as_str(), at)).collect();
        // What is required and is not there is told by a finding.
        let edges = (0..).zip(requires).flat_map(|(to, requires)| {
            let from: Vec<_> = requires.iter().filter_map(|id| places.get(id.as_str()).copied()).collect();
            from.into_iter().map(move |from| (from, to))
        });
        Self { edges: edges.collect(), nodes }
    }
}

fn reached<'a>(from: &'a PluginId, next: &BTreeMap<&'a PluginId, Vec<&'a PluginId>>) -> BTreeSet<PluginId> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(id) = open.pop() {
        if reached.insert(id.clone()) {
            open.extend(next.get(id).into_iter().flatten());
        }
    }
    reached
}

#[cfg(test)]
mod tests;
