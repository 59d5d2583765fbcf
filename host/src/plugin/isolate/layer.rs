//! The layers that hold plugins, and how far each does on this system.

use std::fmt;

use serde::Serialize;

use crate::config::Isolation;
use crate::plugin::choice::IsolationChoice;

/// How far a layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LayerState {
    Enforced,
    Degraded,
    Off,
}

/// One of the things that plugins are held to: by the kernel, or by the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Layer {
    pub name: &'static str,
    pub state: LayerState,
    /// Whether the operator wants it: one that was not asked for is not lacking.
    #[serde(skip)]
    pub wanted: bool,
    /// What is missing, and what that means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The layers of isolation, and how far each is enforced.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Enforcement {
    pub layers: Vec<Layer>,
}

/// Less is enforced than was required.
#[derive(Debug, thiserror::Error)]
#[error("plugins cannot be held to everything here: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct NotEnforced(pub Vec<Layer>);

impl fmt::Display for LayerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enforced => "enforced",
            Self::Degraded => "degraded",
            Self::Off => "off",
        })
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.state)?;
        self.why.iter().try_for_each(|why| write!(f, " ({why})"))
    }
}

impl Layer {
    /// The plugins' login roles. Where they are chosen no plugin gets a connection as anybody else. That they
    /// lack is told of the role that plugins share.
    pub fn login_roles(choice: Option<&IsolationChoice>) -> Self {
        let wanted = choice.is_some_and(|choice| choice.isolation == Isolation::Roles);
        let state = if wanted { LayerState::Enforced } else { LayerState::Off };
        Self { name: "login roles", state, wanted, why: choice.and_then(|choice| choice.why.told()) }
    }

    /// Says in the log how far it holds.
    pub fn log(&self) {
        let Self { name, state, why, .. } = self;
        match why {
            None => tracing::info!(layer = name, %state, "plugins are held: {name} {state}"),
            Some(why) if *state == LayerState::Enforced => {
                tracing::info!(layer = name, %state, "plugins are held: {name} {state}: {why}");
            }
            Some(why) => tracing::warn!(layer = name, %state, "plugins are held: {name} {state}: {why}"),
        }
    }
}

impl Enforcement {
    /// Says of each layer in the log how far it holds.
    pub fn log(&self) {
        self.layers.iter().for_each(Layer::log);
    }

    /// The layers with one more, if there is one.
    pub fn with(mut self, layer: Option<Layer>) -> Self {
        self.layers.extend(layer);
        self
    }

    /// Nothing, unless every layer is enforced that is wanted.
    pub fn required(&self) -> Result<(), NotEnforced> {
        let lacking: Vec<_> = self
            .layers
            .iter()
            .filter(|layer| layer.wanted && layer.state != LayerState::Enforced)
            .cloned()
            .collect();
        if lacking.is_empty() { Ok(()) } else { Err(NotEnforced(lacking)) }
    }
}
