//! Finding a server's programs on this machine.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::error::ManagedError;
use super::programs::{DEBIAN, major_of, places};

/// A directory with `postgres` and `initdb` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) dir: PathBuf,
    pub(super) major: u32,
}

impl Binaries {
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

/// The first directory that has a server; with data of some major version, the first of that version.
///
/// `chosen` (from `TENON_PG_BINDIR`) excludes all others.
pub(super) fn find(
    chosen: Option<&Path>,
    data: &Path,
    data_major: Option<u32>,
) -> Result<Binaries, ManagedError> {
    let dirs = match chosen {
        Some(dir) => match ["postgres", "initdb"].into_iter().find(|program| !dir.join(program).is_file()) {
            Some(missing) => return Err(ManagedError::BadBindir { dir: dir.to_owned(), missing }),
            None => vec![dir.to_owned()],
        },
        None => candidates(),
    };
    let mut majors = BTreeSet::new();
    for dir in dirs {
        let major = major_of(&dir.join("postgres"))?;
        if data_major.is_none_or(|wanted| wanted == major) {
            return Ok(Binaries { dir, major });
        }
        majors.insert(major.to_string());
    }
    let found = majors.into_iter().collect::<Vec<_>>().join(", ");
    match data_major {
        Some(data_major) if !found.is_empty() => {
            Err(ManagedError::WrongMajor { data: data.to_owned(), data_major, found })
        }
        _ => Err(ManagedError::NoBinaries),
    }
}

/// The first directory that has a server of this major version: the chosen one, or any other.
pub(super) fn of_major(chosen: Option<&Path>, major: u32) -> Result<PathBuf, ManagedError> {
    let mut found = BTreeSet::new();
    for dir in chosen.map(Path::to_owned).into_iter().chain(candidates()) {
        match major_of(&dir.join("postgres")) {
            Ok(one) if one == major => return Ok(dir),
            Ok(other) => _ = found.insert(other),
            // What does not run here is not the one that is wanted.
            Err(error) => tracing::debug!("{}: {error}", dir.display()),
        }
    }
    let found: Vec<_> = found.iter().map(u32::to_string).collect();
    let found = if found.is_empty() { "none".to_owned() } else { format!("PostgreSQL {}", found.join(", ")) };
    let chosen = chosen.map(|dir| format!("TENON_PG_BINDIR={}, ", dir.display())).unwrap_or_default();
    let looked = format!("{chosen}pg_config, PATH, {DEBIAN} and /usr/pgsql-*");
    Err(ManagedError::NoSuchMajor { major, found, looked })
}

/// The places that have a server.
fn candidates() -> Vec<PathBuf> {
    let complete =
        |dir: &PathBuf| dir.is_absolute() && dir.join("postgres").is_file() && dir.join("initdb").is_file();
    places().filter(complete).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_major_version_that_is_not_installed_is_told_with_the_places() {
        let chosen = tempfile::tempdir().unwrap();
        let error = of_major(Some(chosen.path()), 99).unwrap_err().to_string();
        let places =
            format!("looked at TENON_PG_BINDIR={}, pg_config, PATH, {DEBIAN}", chosen.path().display());
        assert!(error.contains("PostgreSQL 99 is not installed here") && error.contains(&places), "{error}");
    }

    #[test]
    fn a_chosen_directory_without_a_server_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let error = find(Some(dir.path()), Path::new("data"), None).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("TENON_PG_BINDIR is {}, but there is no postgres in it", dir.path().display())
        );
    }
}
