//! The manifest: what a library says about itself before any of its code runs.

use std::collections::BTreeMap;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

/// The JSON at the symbol [`SYMBOL_MANIFEST`](super::SYMBOL_MANIFEST).
///
/// Fields that a reader does not know are passed over, so that later versions of the SDK can add some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The id: lower-case letters, digits and `_`, a letter first, at most 41 characters.
    pub id: String,
    /// The name that people read, such as `Inventory Plugin`.
    pub name: String,
    /// The plugin's version.
    pub version: Version,
    /// The plugins this one needs, with the versions it can work with.
    #[serde(default)]
    pub requires: BTreeMap<String, VersionReq>,
    /// The routes it answers, as `METHOD /path`, where `{name}` stands for one path segment.
    #[serde(default)]
    pub routes: Vec<String>,
    /// The routes that only read, whatever their method; `GET` and `HEAD` need not be named.
    #[serde(default)]
    pub read_only: Vec<String>,
    /// The routes whose calls send one statement each, which is committed with its end.
    #[serde(default)]
    pub autocommit: Vec<String>,
    /// The routes that change the schema, inside the plugin's own, if the administrator allows it.
    #[serde(default)]
    pub ddl: Vec<String>,
    /// The generations of the contract it exports.
    pub contract: Vec<u32>,
    /// The version of the SDK it was built with.
    #[serde(default)]
    pub sdk: String,
    /// How it was built.
    #[serde(default)]
    pub build: Build,
}

/// A build's fingerprint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// The compiler's version.
    #[serde(default)]
    pub rustc: String,
    /// The target triple.
    #[serde(default)]
    pub target: String,
    /// `unwind` or `abort`. With `abort` a panic could not come back as an error: the host refuses it.
    #[serde(default)]
    pub panic: String,
}
