//! Looking at a file without running any of its code.
//!
//! The bytes are read once: what is hashed and looked at here is what [`load`](crate::load) later runs.

mod elf;
mod imports;

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tenon_migrations_core::migration::{Checksum, PluginId, PluginInfo};
use tenon_plugin_api::Manifest;
use tenon_plugin_api::contract::GENERATION;

/// A file that may be loaded.
#[derive(Debug)]
pub struct Inspected {
    pub file: PathBuf,
    pub sha256: Checksum,
    pub bytes: Vec<u8>,
    pub info: PluginInfo,
    pub manifest: Manifest,
}

/// A file that may not be loaded, with all that speaks against it.
#[derive(Debug, Clone)]
pub struct Rejected {
    pub file: PathBuf,
    /// The plugin's id and name, when the file could tell.
    pub info: Option<PluginInfo>,
    pub problems: Vec<Problem>,
}

/// One thing that speaks against a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What it is, in kebab case.
    pub code: &'static str,
    /// Why, in one sentence without a full stop.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
    /// What the loader said in full, where that is long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
}

impl Problem {
    /// A problem that needs no long explanation.
    pub fn new(code: &'static str, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), remedy: remedy.into(), explanation: None }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

/// Reads a file and looks at it.
pub fn inspect(file: &Path) -> Result<Inspected, Rejected> {
    let rejected = |info, problems| Rejected { file: file.to_owned(), info, problems };
    let bytes = std::fs::read(file).map_err(|error| {
        let reason = format!("the file cannot be read: {error}");
        rejected(None, vec![Problem::new("unreadable", reason, "give the host's user the right to read it")])
    })?;
    let look = elf::look(&bytes).map_err(|problem| rejected(None, vec![problem]))?;
    let manifest = manifest(&look);
    let info = manifest.as_ref().ok().and_then(|manifest| info(manifest).ok());
    let mut problems: Vec<Problem> = contract_problems(&look, manifest.as_ref().ok()).into_iter().collect();
    problems.extend(imports::problem(look.imports.iter().copied()));
    match manifest {
        Ok(manifest) => {
            problems.extend(build_problems(&manifest));
            match self::info(&manifest) {
                Ok(info) if problems.is_empty() => {
                    let sha256 = Checksum::of(&bytes);
                    return Ok(Inspected { file: file.to_owned(), sha256, bytes, info, manifest });
                }
                Ok(_) => {}
                Err(problem) => problems.push(problem),
            }
        }
        // Without our symbols it is no plugin at all: one reason is enough.
        Err(problem) if problems.is_empty() => problems.push(problem),
        Err(_) => {}
    }
    Err(rejected(info, problems))
}

fn manifest(look: &elf::Look<'_>) -> Result<Manifest, Problem> {
    let remedy = "rebuild the plugin with tenon-plugin-api and its export_plugin! macro";
    let bytes = look
        .manifest
        .ok_or_else(|| Problem::new("no-manifest", "it has no readable symbol TENON_MANIFEST", remedy))?;
    serde_json::from_slice(bytes).map_err(|error| {
        Problem::new("bad-manifest", format!("its manifest cannot be read: {error}"), remedy)
    })
}

/// The host looks for the newest generation it knows; a plugin that has only newer ones is named as such.
fn contract_problems(look: &elf::Look<'_>, manifest: Option<&Manifest>) -> Option<Problem> {
    if look.generations.contains(&GENERATION) {
        return None;
    }
    let declared = manifest.map(|manifest| manifest.contract.as_slice()).unwrap_or_default();
    let newest = look.generations.iter().chain(declared).filter(|generation| **generation > GENERATION).max();
    Some(match newest {
        Some(newest) => Problem::new(
            "contract-too-new",
            format!("it speaks generation {newest} of the plugin contract, and this host only {GENERATION}"),
            "upgrade the host, or install an older version of the plugin",
        ),
        None => Problem::new(
            "not-a-plugin",
            "it is a shared library, but it does not export a Tenon plugin (no symbol tenon_plugin_v1)",
            "remove the file from the plugin directory, or build the plugin with export_plugin!",
        ),
    })
}

fn build_problems(manifest: &Manifest) -> Option<Problem> {
    (manifest.build.panic == "abort").then(|| {
        Problem::new(
            "panic-abort",
            "it was built with panic = \"abort\", so that any panic in it would end the host",
            "rebuild it with panic = \"unwind\" in its Cargo profile",
        )
    })
}

fn info(manifest: &Manifest) -> Result<PluginInfo, Problem> {
    let remedy = "correct the id in export_plugin!";
    let id = |text: &str| {
        let id: PluginId =
            text.parse().map_err(|error| Problem::new("bad-manifest", format!("{error}"), remedy))?;
        Ok(id)
    };
    let own = id(&manifest.id)?;
    if own.is_core() {
        let reason = "it calls itself core, which is the host itself";
        return Err(Problem::new("reserved-id", reason, remedy));
    }
    let requires = manifest.requires.iter().map(|(plugin, range)| Ok((id(plugin)?, range.clone())));
    Ok(PluginInfo {
        id: own,
        name: manifest.name.clone(),
        version: manifest.version.clone(),
        requires: requires.collect::<Result<_, Problem>>()?,
    })
}
