//! Finding PostgreSQL's programs on this machine: those for clients, and where those of a server may be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::ManagedError;

/// A program of PostgreSQL for clients: of this major version, or of the next later one that is installed;
/// the newest one for 0.
pub fn client_program(name: &'static str, least: u32) -> Result<PathBuf, ManagedError> {
    let chosen = std::env::var_os("TENON_PG_BINDIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let mut found: BTreeMap<u32, PathBuf> = BTreeMap::new();
    for dir in chosen.into_iter().chain(places()).filter(|dir| dir.is_absolute()) {
        let program = dir.join(name).with_extension(std::env::consts::EXE_EXTENSION);
        if !program.is_file() {
            continue;
        }
        match major_of(&program) {
            Ok(major) => drop(found.entry(major).or_insert(program)),
            Err(error) => tracing::debug!("{}: {error}", program.display()),
        }
    }
    let mut fits = found.range(least..);
    let fit = if least == 0 { fits.next_back() } else { fits.next() }.map(|(_, program)| program.clone());
    fit.ok_or_else(|| {
        let majors: Vec<_> = found.keys().map(u32::to_string).collect();
        let found = if majors.is_empty() { "none".to_owned() } else { majors.join(", ") };
        ManagedError::NoClientProgram { name, least, found }
    })
}

/// Where Debian puts all major versions.
pub(super) const DEBIAN: &str = "/usr/lib/postgresql";

/// `pg_config --bindir`, then `PATH`, then where distributions put them, the highest version first.
pub(super) fn places() -> impl Iterator<Item = PathBuf> {
    let configured = Command::new("pg_config").arg("--bindir").output().ok();
    let configured = configured.map(|output| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut dirs: Vec<PathBuf> = configured.into_iter().chain(std::env::split_paths(&path)).collect();
    dirs.extend(installed(Path::new(DEBIAN), "", "bin"));
    dirs.extend(installed(Path::new("/usr"), "pgsql-", "bin"));
    dirs.into_iter()
}

/// `<base>/<prefix><number>/<below>`, the highest number first.
fn installed(base: &Path, prefix: &str, below: &str) -> Vec<PathBuf> {
    let number = |entry: std::fs::DirEntry| {
        let number: u32 = entry.file_name().to_str()?.strip_prefix(prefix)?.parse().ok()?;
        Some((number, entry.path().join(below)))
    };
    let mut found: Vec<_> =
        std::fs::read_dir(base).into_iter().flatten().filter_map(|entry| number(entry.ok()?)).collect();
    found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    found.into_iter().map(|(_, dir)| dir).collect()
}

pub(super) fn major_of(program: &Path) -> Result<u32, ManagedError> {
    let output = Command::new(program)
        .arg("--version")
        .output()
        .map_err(|source| ManagedError::Spawn { program: program.to_owned(), source })?;
    let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    parse_major(&said).ok_or(ManagedError::NoVersion { program: program.to_owned(), said })
}

/// The major version in `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)` or `… 18beta1`.
fn parse_major(version: &str) -> Option<u32> {
    let number = version.split_once("(PostgreSQL) ")?.1;
    number.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_servers_say() {
        assert_eq!(parse_major("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)"), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(parse_major("postgres: not found"), None);
    }

    #[test]
    fn the_highest_installed_version_comes_first() {
        let base = tempfile::tempdir().unwrap();
        for version in ["9", "15", "17", "common"] {
            std::fs::create_dir(base.path().join(version)).unwrap();
        }
        let expected = ["17/bin", "15/bin", "9/bin"].map(|dir| base.path().join(dir));
        assert_eq!(installed(base.path(), "", "bin"), expected);
    }
}
