//! What `scripts/package` makes of what was built for these tests.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use minisign::KeyPair;

use crate::{WORK_TREE, place, said};

pub(crate) struct Packages {
    place: tempfile::TempDir,
    pub(crate) keys: KeyPair,
    /// Another version than the work tree's.
    version: Option<&'static str>,
}

impl Packages {
    pub(crate) fn made(kinds: &[&str]) -> Self {
        Self::made_as(None, kinds)
    }

    /// Makes them of this version, whatever was built.
    pub(crate) fn of_version(version: &'static str, kinds: &[&str]) -> Self {
        Self::made_as(Some(version), kinds)
    }

    fn made_as(version: Option<&'static str>, kinds: &[&str]) -> Self {
        let keys = KeyPair::generate_unencrypted_keypair().unwrap();
        let packages = Self { place: place(), keys, version };
        fs::write(packages.key(), packages.keys.sk.to_box(None).unwrap().to_bytes()).unwrap();
        packages.make(kinds);
        packages
    }

    pub(crate) fn make(&self, kinds: &[&str]) {
        let profile = if cfg!(debug_assertions) { "dev" } else { "release" };
        let mut command = Command::new(format!("{WORK_TREE}/scripts/package"));
        command.args(["--no-build", "--profile", profile, "--out"]).arg(self.folder()).args(kinds);
        command.envs(self.version.map(|version| ("PACKAGE_VERSION", version)));
        said(command.env("TENON_MINISIGN_KEY_FILE", self.key()), 0);
    }

    fn key(&self) -> PathBuf {
        self.place.path().join("key")
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.place.path().join("packages")
    }

    pub(crate) fn sums(&self) -> String {
        fs::read_to_string(self.folder().join("SHA256SUMS")).unwrap()
    }

    /// The one file whose name begins and ends so.
    pub(crate) fn file(&self, start: &str, end: &str) -> PathBuf {
        let folder = self.folder();
        let names =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let names: Vec<_> = names.filter(|name| name.starts_with(start) && name.ends_with(end)).collect();
        let [name] = names.as_slice() else { panic!("{start}…{end}: {names:?}") };
        folder.join(name)
    }

    /// Copies all of them there.
    pub(crate) fn copied_to(&self, folder: &Path) {
        fs::create_dir(folder).unwrap();
        for entry in fs::read_dir(self.folder()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
        }
    }
}
