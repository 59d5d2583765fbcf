//! Finding PostgreSQL's programs on this machine: those for clients, and where those of a server may be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::error::ManagedError;

/// The newest program of PostgreSQL's for clients.
pub fn client_program(name: &'static str) -> Result<PathBuf, ManagedError> {
    let newest = clients(name).pop_last().map(|(_, program)| program);
    newest.ok_or_else(|| no_client(name, 0, 0, &BTreeMap::new()))
}

/// `pg_dump` or `pg_restore` for a server of this major version, and its own. What another one has written is
/// read by that version and by later ones (`written_by`; 0 if nothing is read).
pub fn dump_program(
    name: &'static str,
    server: u32,
    written_by: u32,
) -> Result<(u32, PathBuf), ManagedError> {
    let mut found = clients(name);
    let fits = found.keys().copied().find(|major| fits(*major, server, written_by));
    match fits.and_then(|major| found.remove_entry(&major)) {
        Some(found) => Ok(found),
        None => Err(no_client(name, server, written_by, &found)),
    }
}

/// The first major version whose programs set `transaction_timeout`, which no server before it knows.
const SETS_TRANSACTION_TIMEOUT: u32 = 17;

fn fits(major: u32, server: u32, written_by: u32) -> bool {
    let is_understood = server >= SETS_TRANSACTION_TIMEOUT || major < SETS_TRANSACTION_TIMEOUT;
    major >= server.max(written_by) && is_understood
}

fn no_client(
    name: &'static str,
    server: u32,
    written_by: u32,
    found: &BTreeMap<u32, PathBuf>,
) -> ManagedError {
    let majors: Vec<_> = found.keys().map(u32::to_string).collect();
    let found = if majors.is_empty() { "none".to_owned() } else { majors.join(", ") };
    let least = server.max(written_by);
    let (wanted, package) = match (server, least) {
        (_, 0) => (String::new(), "postgresql-client".to_owned()),
        (server, least) if fits(least, server, written_by) => {
            let from = if server < SETS_TRANSACTION_TIMEOUT {
                format!(" of PostgreSQL {least} to {}", SETS_TRANSACTION_TIMEOUT - 1)
            } else {
                format!(" of PostgreSQL {least} or later")
            };
            (from, format!("postgresql-client-{least}"))
        }
        (server, _) => {
            // What a later one wrote, no program reads that this server understands.
            let wanted = format!(" that reads what PostgreSQL {written_by} wrote, for PostgreSQL {server},");
            (wanted, format!("postgresql-{written_by}"))
        }
    };
    ManagedError::NoClientProgram { name, wanted, package, found }
}

/// The programs of this name, by their major versions.
fn clients(name: &str) -> BTreeMap<u32, PathBuf> {
    let chosen = std::env::var_os("TENON_PG_BINDIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let mut found = BTreeMap::new();
    for dir in chosen.into_iter().chain(places()).filter(|dir| dir.is_absolute()) {
        let program = dir.join(name).with_extension(std::env::consts::EXE_EXTENSION);
        if !program.is_file() || is_wrapper(&program) {
            continue;
        }
        match major_of(&program) {
            Ok(major) => drop(found.entry(major).or_insert(program)),
            Err(error) => tracing::debug!("{}: {error}", program.display()),
        }
    }
    found
}

/// Debian's program in `/usr/bin` runs one version or another, as it is given a host or not. What it runs is
/// among the places too.
fn is_wrapper(program: &Path) -> bool {
    program.canonicalize().is_ok_and(|program| program.ends_with("pg_wrapper"))
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
    fn servers_before_17_are_dumped_and_restored_by_programs_before_17() {
        assert!(fits(15, 15, 0) && fits(16, 15, 15) && !fits(17, 15, 0) && !fits(18, 16, 16));
        assert!(fits(18, 17, 15) && fits(17, 17, 0) && !fits(16, 17, 0));
        // An archive is read by the version that wrote it, and by later ones.
        assert!(!fits(15, 15, 16) && !fits(17, 17, 18));
        let found = BTreeMap::from([(18, PathBuf::new())]);
        let told = no_client("pg_restore", 15, 15, &found).to_string();
        assert!(
            told.contains("pg_restore of PostgreSQL 15 to 16 is not installed here (found 18)"),
            "{told}"
        );
        assert!(told.contains("postgresql-client-15"), "{told}");
        let told = no_client("pg_restore", 16, 18, &found).to_string();
        assert!(told.contains("reads what PostgreSQL 18 wrote, for PostgreSQL 16"), "{told}");
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
