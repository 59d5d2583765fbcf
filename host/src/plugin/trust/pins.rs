//! The lock file: one line a file, as sha256sum(1) writes and checks them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use tenon_migrations_core::migration::Checksum;

use crate::support::{file_access, state_dir};

/// The files by name, each with its sha256.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pins(BTreeMap<String, Checksum>);

/// Why a lock file is of no use.
#[derive(Debug, thiserror::Error)]
pub enum PinsError {
    #[error("the lock file {} could not be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("line {line} of the lock file {} is not a sha256, two spaces and a file's name", path.display())]
    Parse { path: PathBuf, line: usize },
    #[error("the lock file {} could not be written", path.display())]
    Write { path: PathBuf, source: io::Error },
}

/// A difference of two lock files about one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PinChange {
    Added(String),
    Changed(String),
    Removed(String),
}

impl fmt::Display for PinChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(file) => write!(f, "new      {file}"),
            Self::Changed(file) => write!(f, "changed  {file}"),
            Self::Removed(file) => write!(f, "gone     {file}"),
        }
    }
}

impl Pins {
    /// Reads a lock file.
    pub fn read(path: &Path) -> Result<Self, PinsError> {
        let failed = |source| PinsError::Read { path: path.to_owned(), source };
        let text = std::fs::read_to_string(path).map_err(failed)?;
        Self::parse(&text).map_err(|line| PinsError::Parse { path: path.to_owned(), line })
    }

    /// Reads a lock file; gives no pins where there is none yet.
    pub fn read_if_there(path: &Path) -> Result<Self, PinsError> {
        match Self::read(path) {
            Err(PinsError::Read { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Ok(Self::default())
            }
            read => read,
        }
    }

    /// The number of the line that cannot be understood is the error.
    fn parse(text: &str) -> Result<Self, usize> {
        let mut pins = BTreeMap::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            // The second space may be a star: a file read as bytes, which all are.
            let (sha256, name) = line.split_once(' ').ok_or(number + 1)?;
            let name = name.strip_prefix([' ', '*']).ok_or(number + 1)?;
            pins.insert(name.to_owned(), sha256.parse().map_err(|_| number + 1)?);
        }
        Ok(Self(pins))
    }

    /// Writes all of it, or nothing.
    pub fn write(&self, path: &Path) -> Result<(), PinsError> {
        let failed = |source| PinsError::Write { path: path.to_owned(), source };
        let write = || {
            state_dir::replace(path, self.to_string().as_bytes())?;
            // It holds no secret, and who writes it need not be who loads the plugins.
            file_access::for_everybody(path)
        };
        write().map_err(failed)
    }

    /// The sha256 of the file of this name, wherever it is.
    pub fn of(&self, file: &Path) -> Option<&Checksum> {
        self.0.get(&name(file))
    }

    /// Takes note of a file.
    pub fn pin(&mut self, file: &Path, sha256: Checksum) {
        self.0.insert(name(file), sha256);
    }

    /// The differences from what was before.
    pub fn since(&self, former: &Self) -> Vec<PinChange> {
        let names: BTreeSet<_> = self.0.keys().chain(former.0.keys()).collect();
        let changes = names.into_iter().filter_map(|name| match (former.0.get(name), self.0.get(name)) {
            (None, Some(_)) => Some(PinChange::Added(name.clone())),
            (Some(_), None) => Some(PinChange::Removed(name.clone())),
            (former, now) => (former != now).then(|| PinChange::Changed(name.clone())),
        });
        changes.collect()
    }
}

impl fmt::Display for Pins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|(name, sha256)| writeln!(f, "{sha256}  {name}"))
    }
}

fn name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_the_same() {
        let mut pins = Pins::default();
        pins.pin(Path::new("/plugins/liba.so"), Checksum::of("a"));
        pins.pin(Path::new("lib b.so"), Checksum::of("b"));
        assert_eq!(Pins::parse(&pins.to_string()), Ok(pins.clone()));
        assert_eq!(pins.of(Path::new("elsewhere/liba.so")), Some(&Checksum::of("a")));
        assert_eq!(pins.of(Path::new("libc.so")), None);
    }

    #[test]
    fn a_line_that_cannot_be_understood_is_named() {
        let sha256 = Checksum::of("a");
        assert_eq!(Pins::parse(&format!("{sha256}  a.so\n\nnonsense\n")), Err(3));
        assert_eq!(Pins::parse("abc  a.so\n"), Err(1));
        assert!(Pins::parse(&format!("{sha256} *a.so\n")).is_ok());
    }

    #[test]
    fn changes_are_told_by_file() {
        let (mut former, mut now) = (Pins::default(), Pins::default());
        former.pin(Path::new("a"), Checksum::of("1"));
        former.pin(Path::new("b"), Checksum::of("1"));
        now.pin(Path::new("b"), Checksum::of("2"));
        now.pin(Path::new("c"), Checksum::of("1"));
        let told: Vec<_> = now.since(&former).iter().map(ToString::to_string).collect();
        assert_eq!(told, ["gone     a", "changed  b", "new      c"]);
    }
}
