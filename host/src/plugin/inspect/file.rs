//! Reading a file, once; and who else could have written it.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::config::Environment;
use crate::plugin::problem::{Problem, ProblemCode};
use crate::plugin::stamp::Stamp;
use crate::support::file_access;

/// No library is as large as that, and all of it is held in memory.
const MOST_BYTES: u64 = 1 << 30;

/// Reads all of a file. What is no file, such as a pipe that nobody writes to, keeps nobody waiting.
pub(super) fn read(path: &Path) -> Result<(Vec<u8>, Stamp), Problem> {
    let unreadable = |error: io::Error| {
        let reason = format!("the file cannot be read: {error}");
        Problem::new(ProblemCode::Unreadable, reason, "give the host's user the right to read it")
    };
    let mut file = file_access::open_at_once(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        let reason = format!("it is {}, not a file", file_access::kind(metadata.file_type()));
        return Err(Problem::new(ProblemCode::NotAFile, reason, "remove it from the plugin directory"));
    }
    let too_large = || {
        let reason = format!("the file has more than {} MiB", MOST_BYTES >> 20);
        Problem::new(ProblemCode::TooLarge, reason, "see whether it is a library at all, and strip it")
    };
    if metadata.len() > MOST_BYTES {
        return Err(too_large());
    }
    let bytes = read_up_to(&mut file, metadata.len()).map_err(unreadable)?;
    if bytes.len() as u64 > MOST_BYTES { Err(too_large()) } else { Ok((bytes, Stamp::from(&metadata))) }
}

fn read_up_to(file: &mut File, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The problem that others can write the file, since that decides what runs. Looked at are the file, where
/// it really is, and each directory on the way to either. In production it is refused.
pub(super) fn permissions(path: &Path, environment: Environment) -> Option<Problem> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let named = path.parent().and_then(|directory| directory.canonicalize().ok());
    let directories = real.ancestors().skip(1).map(Path::to_owned);
    let mut directories: Vec<PathBuf> =
        directories.chain(named.iter().flat_map(|named| named.ancestors().map(Path::to_owned))).collect();
    directories.sort();
    directories.dedup();
    let holds_it = |directory: &Path| real.parent() == Some(directory) || named.as_deref() == Some(directory);
    let loose = directories.iter().filter(|directory| {
        // In a sticky directory nobody can take away another's file, but put in one of their own.
        let sticky = |metadata: &Metadata| file_access::is_sticky(metadata) && !holds_it(directory);
        std::fs::metadata(directory).is_ok_and(|one| file_access::others_write(&one) && !sticky(&one))
    });
    let mut loose: Vec<_> = loose.map(|directory| directory.display().to_string()).collect();
    if std::fs::metadata(&real).is_ok_and(|metadata| file_access::others_write(&metadata)) {
        loose.push(real.display().to_string());
    }
    (!loose.is_empty()).then(|| {
        let which = loose.join(" and ");
        let reason = format!("others than root and the host's user can write to {which}");
        let remedy = format!("chmod go-w {}", loose.join(" "));
        match environment {
            Environment::Production => Problem::new(ProblemCode::WritableByOthers, reason, remedy),
            Environment::Development => Problem::notice(ProblemCode::WritableByOthers, reason, remedy),
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_others_can_write_is_told_of_the_file_and_of_every_directory_above() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("above/plugins");
        fs::create_dir_all(&directory).unwrap();
        let file = directory.join("a.so");
        fs::write(&file, "").unwrap();
        mode(&file, 0o644);
        assert_eq!(permissions(&file, Environment::Production), None);
        for (path, loose, usual) in
            [(&file, 0o646, 0o644), (&directory, 0o777, 0o755), (&place.path().join("above"), 0o757, 0o755)]
        {
            mode(path, loose);
            let problem = permissions(&file, Environment::Production).unwrap();
            assert!(problem.reason.ends_with(&format!("write to {}", path.display())), "{problem:?}");
            assert!(problem.is_refusal());
            assert!(!permissions(&file, Environment::Development).unwrap().is_refusal());
            mode(path, usual);
        }
    }

    #[test]
    fn a_sticky_directory_may_be_above_but_not_hold_the_file() {
        let place = tempfile::tempdir().unwrap();
        let directory = place.path().join("plugins");
        fs::create_dir(&directory).unwrap();
        let file = directory.join("a.so");
        fs::write(&file, "").unwrap();
        mode(&file, 0o644);
        mode(place.path(), 0o1777);
        assert_eq!(permissions(&file, Environment::Production), None);
        mode(&directory, 0o1777);
        assert!(permissions(&file, Environment::Production).is_some());
    }

    #[test]
    fn a_pipe_keeps_nobody_waiting() {
        let place = tempfile::tempdir().unwrap();
        let pipe = place.path().join("a.so");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert_eq!(read(&pipe).unwrap_err().reason, "it is a pipe, not a file");
    }
}
