//! The crate in a folder, and the libraries that cargo has built of it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A crate that is built into a shared library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginCrate {
    pub folder: PathBuf,
    /// The name of the shared library, which is that of the plugin.
    pub library: String,
    /// Cargo's target folder.
    pub target: PathBuf,
}

/// Why there is no such crate.
#[derive(Debug, thiserror::Error)]
pub enum CrateError {
    #[error("{} is no folder of a crate: it has no Cargo.toml", .0.display())]
    NoManifest(PathBuf),
    #[error("cargo cannot be run")]
    Run(#[source] io::Error),
    #[error("cargo cannot read the crate in {}: {said}", folder.display())]
    Cargo { folder: PathBuf, said: String },
    #[error("the crate in {} makes no shared library: its crate-type has to be [\"cdylib\"]", .0.display())]
    NoLibrary(PathBuf),
    #[error("{} has not been built: there is no {library} in {}", folder.display(), target.display())]
    NotBuilt { folder: PathBuf, library: String, target: PathBuf },
}

/// The program cargo: the one that runs this one, or that of the `PATH`.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

impl PluginCrate {
    /// The crate whose manifest lies in this folder.
    ///
    /// # Errors
    ///
    /// If there is none, or cargo says that it makes no shared library.
    pub fn at(folder: &Path) -> Result<Self, CrateError> {
        let folder = folder.canonicalize().map_err(|_| CrateError::NoManifest(folder.to_owned()))?;
        let manifest = folder.join("Cargo.toml");
        if !manifest.is_file() {
            return Err(CrateError::NoManifest(folder));
        }
        let mut command = Command::new(cargo());
        command.args(["metadata", "--no-deps", "--offline", "--format-version", "1", "--manifest-path"]);
        let output = command.arg(&manifest).stdin(Stdio::null()).output().map_err(CrateError::Run)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            return Err(CrateError::Cargo { folder, said });
        }
        let metadata: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        let target =
            metadata["target_directory"].as_str().map_or_else(|| folder.join("target"), PathBuf::from);
        match library_of(&metadata, &manifest) {
            Some(library) => Ok(Self { folder, library, target }),
            None => Err(CrateError::NoLibrary(folder)),
        }
    }

    /// The library that was built last, of whatever profile.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn built(&self) -> Result<PathBuf, CrateError> {
        let files = ["debug", "release"].map(|profile| self.target.join(profile).join(self.file_name()));
        let dated = files.into_iter().filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file)));
        dated.max().map(|(_, file)| file).ok_or_else(|| CrateError::NotBuilt {
            folder: self.folder.clone(),
            library: self.file_name(),
            target: self.target.clone(),
        })
    }

    /// What the shared library is called on this system.
    pub fn file_name(&self) -> String {
        use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
        format!("{DLL_PREFIX}{}{DLL_SUFFIX}", self.library)
    }
}

/// The name of the shared library of the package with this manifest.
fn library_of(metadata: &Value, manifest: &Path) -> Option<String> {
    let packages = metadata["packages"].as_array()?;
    let is_it = |package: &&Value| package["manifest_path"].as_str().map(Path::new) == Some(manifest);
    let targets = packages.iter().find(is_it)?["targets"].as_array()?;
    let is_shared = |target: &&Value| {
        target["crate_types"].as_array().is_some_and(|types| types.iter().any(|of| of == "cdylib"))
            && target["kind"].as_array().is_some_and(|kinds| kinds.iter().all(|kind| kind != "example"))
    };
    Some(targets.iter().find(is_shared)?["name"].as_str()?.replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_known_by_its_shared_library() {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("plugins/inventory");
        let found = PluginCrate::at(&sample).unwrap();
        assert_eq!((found.library.as_str(), found.file_name().as_str()), ("inventory", "libinventory.so"));
        assert!(matches!(
            PluginCrate::at(Path::new(env!("CARGO_MANIFEST_DIR"))),
            Err(CrateError::NoLibrary(_))
        ));
        assert!(matches!(PluginCrate::at(Path::new("/")), Err(CrateError::NoManifest(_))));
    }
}
