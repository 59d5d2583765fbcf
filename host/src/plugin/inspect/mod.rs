//! Looking at a file without running any of its code.
//!
//! The bytes are read once: what is hashed and looked at here is what [`load`](crate::plugin::load) later
//! runs. What the bytes say is a [`LibraryInfo`]; what is held against them, by which host, is asked one
//! question a function, and all of it is told.
//!
//! - `look.rs` says what the headers and tables hold, by format. `elf/` follows segments and the dynamic
//!   table as the loader does; `foreign.rs` does the same of PE and Mach-O.
//! - `judge.rs`, `manifest.rs`, `imports.rs` and `libraries.rs` ask one question a function of that,
//!   against the facts of a host (`policy.rs`), which may be another one's (`--against`).
//! - `file.rs` asks who else could have written the file; `trust` whether somebody let these bytes in.
//! - What people are shown of a file has to be legible (`names.rs`), else it is spelled out.
//! - What has become of a file since it was read is asked when somebody looks (`source.rs`).
//!
//! A problem is a refusal or a notice, with a code. `explanations.md` has the long text of each, and a test
//! that none is missing.
//!
//! The suite `inspect` has ten thousand corrupted copies of a good plugin, none of which disturbs the
//! inspection. Some of those that pass are loaded by a process of its own, and the next start comes up
//! whatever became of it. `tests/fuzz/` has the fuzz targets (`scripts/fuzz`); `.ci/run` sees that they
//! compile.

mod elf;
mod explain;
mod file;
mod fleet;
mod foreign;
mod glibc;
mod imports;
mod judge;
mod libraries;
mod library;
mod look;
mod manifest;
mod names;
mod policy;
mod source;

pub use explain::{EXPLANATIONS, explain};
pub use fleet::{Inspection, PluginSet};
pub use glibc::Glibc;
pub use library::{Generation, LibraryFormat, LibraryInfo};
pub use policy::{Facts, InspectionPolicy, NotReleased};
pub use source::{NextStart, Source};

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use tenon_migrations_core::migration::{Checksum, PluginInfo};
use tenon_plugin_api::Manifest;

use crate::plugin::cards::PluginCards;
use crate::plugin::discover::Found;
use crate::plugin::events::PluginEvents;
use crate::plugin::functions::PluginFunctions;
use crate::plugin::jobs::PluginJobs;
use crate::plugin::pages::PluginPages;
use crate::plugin::problem::{Problem, ProblemCode};
use crate::plugin::routes::Routes;
use crate::plugin::settings::SettingsSchema;
use crate::plugin::stamp::Stamp;
use crate::plugin::trust::VerifiedSignature;

/// A file that may be loaded.
#[derive(Debug)]
pub struct Inspected {
    pub file: PathBuf,
    pub sha256: Checksum,
    pub bytes: Vec<u8>,
    /// The source, by which it can be seen later whether this is still the file.
    pub source: Arc<Source>,
    pub info: PluginInfo,
    pub manifest: Manifest,
    /// The generation of the contract by which it is called: the newest that both speak.
    pub generation: Generation,
    /// The signature by which it is trusted, where one is asked for.
    pub signature: Option<VerifiedSignature>,
    /// What is worth knowing, and keeps nothing from being loaded.
    pub notices: Vec<Problem>,
}

/// A file that may not be loaded, with all that speaks against it.
#[derive(Debug, Clone)]
pub struct Rejected {
    pub file: PathBuf,
    /// The plugin's id and name, when the file could tell.
    pub info: Option<PluginInfo>,
    /// The refusals, and the notices beside them.
    pub problems: Vec<Problem>,
    /// What was read, if anything was.
    pub source: Option<Arc<Source>>,
    /// What its code says of the plugin's settings, if it was asked.
    pub settings: Option<SettingsSchema>,
}

impl Rejected {
    /// Whether the other has the same bytes, and is refused for the same.
    fn is_copy_of(&self, other: &Self) -> bool {
        let bytes = |one: &Self| one.source.as_ref().map(|source| source.sha256());
        bytes(self).is_some()
            && bytes(self) == bytes(other)
            && refusals(&self.problems) == refusals(&other.problems)
    }
}

/// What a file is refused for.
fn refusals(problems: &[Problem]) -> BTreeSet<ProblemCode> {
    problems.iter().filter(|problem| problem.is_refusal()).map(|problem| problem.code).collect()
}

/// All that can be said of a file, whether it may be loaded or not.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Examined {
    #[schema(value_type = String)]
    pub file: PathBuf,
    /// The size, where the file could be read.
    pub size: Option<u64>,
    pub sha256: Option<Checksum>,
    /// The signature by which it is trusted; absent where none is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<VerifiedSignature>,
    #[schema(value_type = Option<serde_json::Value>)]
    pub manifest: Option<Manifest>,
    /// Absent of a file that is no library.
    #[serde(flatten)]
    #[schema(value_type = std::collections::BTreeMap<String, serde_json::Value>)]
    pub look: Option<LibraryInfo>,
    /// The refusals first.
    pub problems: Vec<Problem>,
    #[serde(skip)]
    pub info: Option<PluginInfo>,
    #[serde(skip)]
    read: Option<(Vec<u8>, Stamp)>,
}

impl Examined {
    /// Whether the host would load it.
    pub fn is_refused(&self) -> bool {
        self.problems.iter().any(Problem::is_refusal)
    }

    /// Whether the other has the same bytes, and is refused for the same.
    fn is_copy_of(&self, other: &Self) -> bool {
        self.sha256.is_some()
            && self.sha256 == other.sha256
            && refusals(&self.problems) == refusals(&other.problems)
    }
}

/// Reads a file and looks at it.
pub fn inspect(found: &Found, policy: &InspectionPolicy) -> Result<Inspected, Rejected> {
    let Examined { file, sha256, signature, manifest, problems, info, read, look, .. } =
        examine(found, policy);
    let generation = look.as_ref().and_then(|look| Generation::newest(&look.generations));
    let refused = problems.iter().any(Problem::is_refusal);
    let (bytes, stamp) = read.unzip();
    let source = stamp.zip(sha256).map(|(stamp, sha256)| Arc::new(Source::new(file.clone(), stamp, sha256)));
    match (sha256, manifest, info, bytes, source, generation) {
        (Some(sha256), Some(manifest), Some(info), Some(bytes), Some(source), Some(generation))
            if !refused =>
        {
            let notices = problems;
            Ok(Inspected { file, sha256, bytes, source, info, manifest, generation, signature, notices })
        }
        (_, _, info, _, source, _) => Err(Rejected { file, info, problems, source, settings: None }),
    }
}

/// The choice among a file and those that it hides: the first that is not refused is loaded. What is
/// refused before it is told once, however many copies there are of it.
#[derive(Debug)]
pub struct Choice {
    left: VecDeque<Found>,
    refused: Vec<Rejected>,
}

impl From<Found> for Choice {
    fn from(found: Found) -> Self {
        Self { left: found.in_order().collect(), refused: Vec::new() }
    }
}

impl Choice {
    /// The next one that may be loaded.
    pub fn next(&mut self, policy: &InspectionPolicy) -> Option<Inspected> {
        while let Some(found) = self.left.pop_front() {
            match inspect(&found, policy) {
                Ok(mut inspected) => {
                    let before = self.refused.last().map(|before| Problem::stands_in(&before.file));
                    inspected.notices.extend(before);
                    return Some(inspected);
                }
                Err(rejected) => self.refuse(rejected),
            }
        }
        None
    }

    /// Takes note that one may not be loaded. It passes over nobody then.
    pub fn refuse(&mut self, mut rejected: Rejected) {
        rejected.problems.retain(|problem| !problem.passes_over());
        if !self.refused.iter().any(|former| former.is_copy_of(&rejected)) {
            self.refused.push(rejected);
        }
    }

    /// All that were refused.
    pub fn into_refused(self) -> Vec<Rejected> {
        self.refused
    }
}

/// Reads a file and looks at it, for everything that can be known: what is wrong ends nothing but its own
/// part.
pub fn examine(found: &Found, policy: &InspectionPolicy) -> Examined {
    let mut examined = Examined {
        file: found.path.clone(),
        size: None,
        sha256: None,
        signature: None,
        manifest: None,
        look: None,
        problems: found.problems.clone(),
        info: None,
        read: None,
    };
    if examined.is_refused() {
        return examined;
    }
    match file::read(&found.path) {
        Ok((bytes, stamp)) => {
            let sha256 = Checksum::of(&bytes);
            (examined.size, examined.sha256) = (Some(bytes.len() as u64), Some(sha256));
            let Judged { look, manifest, info, problems } = judge_bytes(&bytes, &policy.facts);
            (examined.look, examined.manifest, examined.info) = (look, manifest, info);
            examined.problems.extend(problems);
            match policy.trust.judge(&found.path, &bytes, &sha256) {
                Ok(signature) => examined.signature = signature,
                Err(problem) => examined.problems.push(problem),
            }
            examined.read = Some((bytes, stamp));
        }
        Err(problem) => examined.problems.push(problem),
    }
    examined.problems.extend(file::permissions(&found.path, policy.environment));
    examined.problems.sort_by_key(|problem| !problem.is_refusal());
    examined
}

/// What came of looking at bytes.
#[derive(Debug, Default)]
pub struct Judged {
    pub look: Option<LibraryInfo>,
    pub manifest: Option<Manifest>,
    pub info: Option<PluginInfo>,
    pub problems: Vec<Problem>,
}

/// Looks at bytes, wherever they come from. Any bytes: nothing is taken for granted.
pub fn judge_bytes(bytes: &[u8], facts: &Facts) -> Judged {
    let mut look = match look::look(bytes) {
        Ok(look) => look,
        Err(problem) => return Judged { problems: vec![problem], ..Judged::default() },
    };
    let mut manifest = manifest::read(&look);
    let illegible = names::problem(&look, manifest.as_ref().ok());
    if illegible.is_some() {
        names::spell_out(&mut look, manifest.as_mut().ok());
    }
    let info = manifest.as_ref().map(manifest::info);
    let mut problems: Vec<_> = manifest::contract(&look, manifest.as_ref().ok(), facts).into_iter().collect();
    // Without our symbols it is no plugin at all: that is reason enough.
    let is_a_plugin = problems.is_empty();
    problems.extend(judge::problems(&look, facts));
    problems.extend(illegible);
    match (&manifest, &info) {
        (Ok(manifest), Ok(info)) => {
            problems.extend(manifest::build(manifest, facts));
            problems.extend(manifest::vocabulary(manifest, facts));
            if is_a_plugin {
                problems.extend(manifest::services(manifest, facts));
            }
            problems.extend(Routes::of(manifest).err().unwrap_or_default());
            problems.extend(PluginJobs::of(manifest).err().unwrap_or_default());
            problems.extend(PluginEvents::of(manifest).err().unwrap_or_default());
            problems.extend(PluginPages::of(manifest, 0).err().unwrap_or_default());
            problems.extend(PluginCards::of(manifest, 0).err().unwrap_or_default());
            problems.extend(PluginFunctions::of(manifest).err().unwrap_or_default());
            problems.extend(info.as_ref().err().cloned());
        }
        (Err(problem), _) if is_a_plugin => problems.push(problem.clone()),
        _ => {}
    }
    let info = info.ok().and_then(Result::ok);
    Judged { look: Some(look), manifest: manifest.ok(), info, problems }
}
