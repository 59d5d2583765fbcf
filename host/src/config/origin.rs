//! Where what is configured was written.

use std::fmt;

use serde::Serialize;

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(tag = "kind", content = "name", rename_all = "lowercase")]
pub enum SettingOrigin {
    /// A file: the configuration, or the one that a reference names.
    File(String),
    /// An environment variable.
    Variable(String),
    /// A credential of the systemd unit.
    Credential(String),
    /// An option of the command line.
    Option(String),
    /// What an administrator has saved in the database, of this version.
    Saved(String),
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {path}"),
            Self::Variable(name) => write!(f, "variable {name}"),
            Self::Credential(name) => write!(f, "credential {name}"),
            Self::Option(name) => write!(f, "option {name}"),
            Self::Saved(version) => write!(f, "saved settings, version {version}"),
        }
    }
}

/// Where a value was written, for messages and for what relative paths start at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Origin {
    File,
    /// The variable's name.
    Variable(String),
}

/// A key that is set somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetKey {
    /// The key, as `section.key`.
    pub key: String,
    /// The value as it is written; `None` of a secret.
    pub value: Option<String>,
    pub origin: SettingOrigin,
}
