//! Files and directories: owners, modes, and the room on the disk.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::config::{Config, SetKey};
use crate::report::doctor::DoctorLine;
use crate::support::{file_access, machine};

const FILES: &str = "files";
const DISK: &str = "disk";

/// Below this much room files of the state directory are soon not written any more.
const FULL: u64 = 64 << 20;
const NEARLY_FULL: u64 = 1 << 30;

pub(super) fn lines(config: &Config, set: Option<&[SetKey]>) -> Vec<DoctorLine> {
    let mut lines = state_dir(&config.state_dir);
    let mut secrets = vec![config.admin.accounts_file.clone()];
    secrets.extend(config.server.tls_key.clone());
    let named = set.unwrap_or_default().iter().filter(|one| is_secret_file(&one.key));
    secrets.extend(named.filter_map(|one| one.value.as_ref().map(PathBuf::from)));
    lines.extend(secrets.iter().filter_map(|path| secret(path)));
    lines.extend(config.plugin_dirs.iter().filter_map(|path| plugin_dir(path)));
    if !file_access::SEES_OTHERS {
        lines.push(DoctorLine::unknown(FILES, "who else may use them is not looked at on this system"));
    } else if lines.is_empty() {
        let told = "the state directory is this user's, and nobody else reads secrets or writes plugins";
        lines.push(DoctorLine::ok(FILES, told));
    }
    lines.extend(disk(&config.state_dir));
    lines
}

/// Whether the key names a file that holds a secret.
fn is_secret_file(key: &str) -> bool {
    key.ends_with("url_file") || key.ends_with("secret_file") || key.ends_with("key_file")
}

fn state_dir(path: &Path) -> Vec<DoctorLine> {
    let shown = path.display();
    let found = match path.metadata() {
        Ok(found) if found.is_dir() => found,
        Ok(_) => {
            let told = format!("the state directory {shown} is no directory");
            return vec![DoctorLine::problem(FILES, told, "name another with --state-dir or state_dir")];
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let told = format!("the state directory {shown} is not there yet");
            return vec![DoctorLine::warning(FILES, told, "`tenon serve` makes it")];
        }
        Err(error) => {
            let told = format!("the state directory {shown} cannot be looked at: {error}");
            return vec![DoctorLine::problem(FILES, told, "run this as the user that the host runs as")];
        }
    };
    let mut lines = Vec::new();
    if !file_access::is_writable(path) {
        let owner = file_access::owner(&found);
        let told = format!("the state directory {shown} belongs to {owner} and cannot be written");
        lines.push(DoctorLine::problem(FILES, told, "run this as the user that the host runs as"));
    }
    if file_access::everybody_writes(&found) {
        let told = format!("everybody can write to the state directory {shown}");
        lines.push(DoctorLine::problem(FILES, told, format!("run: chmod o-w {shown}")));
    }
    lines
}

fn secret(path: &Path) -> Option<DoctorLine> {
    let shown = path.display();
    let found: Metadata = match path.metadata() {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        Err(error) => {
            let told = format!("{shown} cannot be looked at: {error}");
            return Some(DoctorLine::problem(FILES, told, "run this as the user that the host runs as"));
        }
    };
    // A group of its own, as packages have it, may read it.
    file_access::everybody_uses(&found).then(|| {
        let told = format!("everybody on this machine can read {shown}, which holds secrets");
        DoctorLine::problem(FILES, told, format!("run: chmod o-rwx {shown}"))
    })
}

fn plugin_dir(path: &Path) -> Option<DoctorLine> {
    let found = path.metadata().ok()?;
    file_access::everybody_writes(&found).then(|| {
        let shown = path.display();
        let told = format!("everybody can put plugins into {shown}, whose code runs in the host");
        DoctorLine::problem(FILES, told, format!("run: chmod o-w {shown}"))
    })
}

fn disk(state_dir: &Path) -> Option<DoctorLine> {
    // The nearest directory that is there.
    let at = state_dir.ancestors().find(|path| path.exists())?;
    let free = match machine::free_bytes(at) {
        Ok(free) => free,
        Err(error) => return Some(DoctorLine::unknown(DISK, &error.to_string())),
    };
    let told = format!("{} MiB are free at {}", free >> 20, at.display());
    let remedy = "make room there, or move the state directory: state_dir in the configuration";
    Some(match free {
        ..FULL => DoctorLine::problem(DISK, told, remedy),
        FULL..NEARLY_FULL => DoctorLine::warning(DISK, told, remedy),
        _ => DoctorLine::ok(DISK, told),
    })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::report::doctor::DoctorState;

    #[test]
    fn what_others_can_read_or_write_is_told_with_the_command_that_mends_it() {
        let place = tempfile::tempdir().unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        let file = place.path().join("accounts.json");
        fs::write(&file, "{}").unwrap();
        set(&file, 0o640);
        set(place.path(), 0o750);
        assert_eq!(
            (secret(&file), state_dir(place.path()), plugin_dir(place.path())),
            (None, Vec::new(), None)
        );
        set(&file, 0o644);
        let line = secret(&file).unwrap();
        assert_eq!(line.state, DoctorState::Problem);
        assert_eq!(line.remedy.unwrap(), format!("run: chmod o-rwx {}", file.display()));
        set(place.path(), 0o757);
        assert_eq!(state_dir(place.path()).len(), 1);
        assert!(plugin_dir(place.path()).is_some());
        let gone = place.path().join("gone");
        assert_eq!(state_dir(&gone)[0].state, DoctorState::Warning);
        assert!(disk(&gone).is_some());
    }

    #[test]
    fn a_key_names_a_secret_by_its_end() {
        let all = ["database.url_file", "admin.oidc.client_secret_file", "plugins.role_key_file"];
        assert!(all.into_iter().all(is_secret_file) && !is_secret_file("admin.accounts_file"));
    }
}
