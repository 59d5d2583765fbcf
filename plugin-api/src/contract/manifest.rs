//! The manifest: what a library says about itself before any of its code runs.

use std::collections::BTreeMap;
use std::fmt;

use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};

/// The JSON at the symbol [`SYMBOL_MANIFEST`](super::SYMBOL_MANIFEST).
///
/// Fields that a reader does not know are passed over, so that later versions of the SDK can add some.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
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
    /// The audience of its routes that are in none of the three lists that follow. Absent where the SDK knew
    /// of no callers: its routes answer everybody, and are told of nobody.
    #[serde(default)]
    pub access: Option<Audience>,
    /// The routes that answer everybody.
    #[serde(default)]
    pub public: Vec<String>,
    /// The routes that answer callers whom the host has verified.
    #[serde(default)]
    pub user: Vec<String>,
    /// The routes that answer administrators alone.
    #[serde(default)]
    pub admin: Vec<String>,
    /// What it asks for of the credentials that requests bring: `authorization`, `cookies`.
    #[serde(default)]
    pub credentials: Vec<String>,
    /// The jobs that it has besides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<DeclaredJob>,
    /// The events that it emits: names that begin with its id, such as `orders.placed`. The schemas of their
    /// payloads travel with the descriptors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emits: Vec<String>,
    /// The events that it hears: its own, and those of plugins that it requires. Each is a call of `handle`
    /// whose method is `EVENT`, whose route is `EVENT name`, and whose body is JSON with the events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<String>,
    /// The functions that those may call that require it. Each is a call of `handle` whose method is
    /// `FUNCTION`, whose route is `FUNCTION name`, whose query names the plugin that calls (`by=orders`), and
    /// whose body is the input as JSON; so is the answer's the output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<String>,
    /// The services of the host that it cannot do without, by their names. A host that lacks one of them
    /// refuses it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The files of its pages. Each is asked for by a call of `handle` whose method is `ASSET`, whose route
    /// is `ASSET file`, and whose path is the file's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<DeclaredAsset>,
    /// The pages that it has in the console.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pages: Vec<DeclaredPage>,
    /// The cards that it has on the console's overview. Each is asked for by a call of `handle` whose method
    /// is `CARD`, and whose route is `CARD name`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<DeclaredCard>,
    /// The generations of the contract it exports.
    pub contract: Vec<u32>,
    /// The version of the words that its descriptors may use; before there were such, that of the first SDK.
    #[serde(default)]
    pub descriptors: Vocabulary,
    /// The version of the SDK it was built with.
    #[serde(default)]
    pub sdk: String,
    /// How it was built.
    #[serde(default)]
    pub build: Build,
}

/// The callers whom a route answers. A host refuses a plugin with a word that it does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Audience {
    /// Everybody.
    Public,
    /// Callers whom the host has verified.
    User,
    /// Administrators among them.
    Admin,
}

/// The name of the header in which a host tells who calls, as JSON. No client can send one of that name.
pub const CALLER_HEADER: &str = ":caller";

/// A job: what the plugin does without being asked. A call of `handle` whose method is `JOB`, whose route is
/// `JOB name`, and whose body is JSON that says which run it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeclaredJob {
    /// The name: lower-case letters, digits and `_`, a letter first, at most 41 characters.
    pub name: String,
    /// When it is due, as [`tenon_schema::jobs::Schedule`] reads it.
    pub schedule: String,
    /// How long one run may take, such as `30s`; without it as long as a request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<String>,
    /// How often a run that has failed is tried again.
    #[serde(default)]
    pub retries: u32,
    /// The pause before the first of these, such as `1m`; each further one is twice as long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<String>,
    /// What becomes of times that were missed: `none`, `one` or `all`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catch_up: Option<String>,
}

/// A file that a plugin's pages have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeclaredAsset {
    /// The path below the folder of all, as [`tenon_schema::assets::check_asset_path`] allows it.
    pub path: String,
    /// How many bytes it has.
    pub bytes: u64,
}

/// A page that a plugin has in the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeclaredPage {
    /// The name: lower-case letters, digits and `_`, a letter first, at most 41 characters.
    pub name: String,
    /// The title, for people.
    pub title: String,
    /// The file among its assets that is shown.
    pub asset: String,
}

/// A card that a plugin has on the console's overview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DeclaredCard {
    /// The name: lower-case letters, digits and `_`, a letter first, at most 41 characters.
    pub name: String,
    /// The title, for people.
    pub title: String,
    /// What it shows: `number`, `table` or `text`.
    pub kind: String,
}

/// A version of the vocabulary of descriptors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Vocabulary {
    /// [`tenon_schema::FORMAT`]
    pub format: u32,
    /// [`tenon_schema::MINOR`]
    pub minor: u32,
}

impl Vocabulary {
    /// The one that this version of the crates has.
    pub const OWN: Self = Self { format: tenon_schema::FORMAT, minor: tenon_schema::MINOR };
}

impl Default for Vocabulary {
    fn default() -> Self {
        Self { format: 1, minor: 0 }
    }
}

impl fmt::Display for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.format, self.minor)
    }
}

/// A build's fingerprint.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
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
