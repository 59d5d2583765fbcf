//! The folder of a plugin's migrations.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tenon_migrations_core::migration::Checksum;
use tenon_schema::names::{is_migration_filename, migration_number, number_gaps};

/// The least digits of a number.
const DIGITS: usize = 4;

/// Why a folder of migrations cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{0} is the last number with so many digits, and one with more would come before it")]
    Full(u64),
    #[error("{0:?} is no title of a migration: it has no letter and no digit")]
    Title(String),
}

/// A folder with the checksums of the migrations in it.
#[derive(Debug)]
pub struct MigrationFolder {
    path: PathBuf,
    files: BTreeMap<String, Checksum>,
}

impl MigrationFolder {
    /// Reads a folder.
    ///
    /// # Errors
    ///
    /// If it is not there, or a file in it cannot be read.
    pub fn read(path: &Path) -> Result<Self, FolderError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| FolderError::Read { path, source }
        };
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(path).map_err(failed(path))? {
            let entry = entry.map_err(failed(path))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_migration_filename(&name) {
                let text = fs::read(entry.path()).map_err(failed(&entry.path()))?;
                files.insert(name, Checksum::of(text));
            }
        }
        Ok(Self { path: path.to_owned(), files })
    }

    /// The files that a library built before they were written does not have as they are.
    pub fn unbuilt(&self, built: &BTreeMap<String, Checksum>) -> Vec<&str> {
        let differs = |(name, checksum): &(&String, &Checksum)| built.get(*name) != Some(checksum);
        self.files.iter().filter(differs).map(|(name, _)| name.as_str()).collect()
    }

    /// Whether it has a file of one of these names: it may be the folder of another plugin.
    pub fn shares_a_name_with(&self, built: &BTreeMap<String, Checksum>) -> bool {
        self.files.keys().any(|name| built.contains_key(name))
    }

    /// What is worth telling of the files: those that only the library has, and numbers that are left out.
    pub fn warnings(&self, built: &BTreeMap<String, Checksum>) -> Vec<String> {
        let folder = self.path.display();
        let lacking = built.keys().filter(|name| !self.files.contains_key(*name));
        let mut told: Vec<_> =
            lacking.map(|name| format!("{folder} lacks {name}, which the library has")).collect();
        let gaps = number_gaps(self.files.keys().map(String::as_str)).into_iter();
        told.extend(gaps.map(|(one, next)| format!("{folder} has no number between {one:04} and {next:04}")));
        let numbers: Vec<_> = self.files.keys().filter_map(|name| migration_number(name)).collect();
        let twice = numbers.windows(2).filter(|pair| pair[1] == pair[0]);
        told.extend(twice.map(|pair| format!("{folder} has the number {:04} twice", pair[0])));
        told
    }

    /// Writes a new file, and never over one that is there. Gives its path.
    ///
    /// # Errors
    ///
    /// If it is there, or cannot be written.
    pub fn write(&self, filename: &str, text: &str) -> Result<PathBuf, FolderError> {
        let path = self.path.join(filename);
        let written = OpenOptions::new().write(true).create_new(true).open(&path).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        match written {
            Ok(()) => Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(FolderError::Exists(path)),
            Err(source) => Err(FolderError::Write { path, source }),
        }
    }
}

/// The name of the file that comes behind all of the library and of the folder.
///
/// # Errors
///
/// If there is no number for it, or nothing of the title can be in a name.
pub fn next_filename(
    title: &str,
    built: &BTreeMap<String, Checksum>,
    folder: Option<&MigrationFolder>,
) -> Result<String, FolderError> {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<_> = words.map(str::to_ascii_lowercase).collect();
    if words.is_empty() {
        return Err(FolderError::Title(title.to_owned()));
    }
    let names = built.keys().chain(folder.into_iter().flat_map(|folder| folder.files.keys()));
    // The last in the order of names, which is that of their numbers: the next has as many digits.
    let last = names.max();
    let highest = last.and_then(|name| migration_number(name)).unwrap_or(0);
    let digits = last.and_then(|name| name.find('_')).unwrap_or(DIGITS);
    let next = format!("{:0digits$}", highest + 1);
    if next.len() > digits {
        return Err(FolderError::Full(highest));
    }
    Ok(format!("{next}_{}.sql", words.join("_")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(names: &[&str]) -> BTreeMap<String, Checksum> {
        names.iter().map(|name| ((*name).to_owned(), Checksum::of(name))).collect()
    }

    #[test]
    fn the_next_file_has_the_next_number_and_the_words_of_the_title() {
        let folder = MigrationFolder { path: PathBuf::new(), files: files(&["0001_a.sql", "0007_b.sql"]) };
        let next = |title, built: &[&str]| next_filename(title, &files(built), Some(&folder));
        assert_eq!(next("Add a quantity, at last!", &[]).unwrap(), "0008_add_a_quantity_at_last.sql");
        assert_eq!(next("x", &["0012_c.sql"]).unwrap(), "0013_x.sql");
        assert_eq!(next_filename("x", &files(&[]), None).unwrap(), "0001_x.sql");
        let times = files(&["0042_a.sql", "20260131120000_b.sql"]);
        assert_eq!(
            next_filename("x", &times, None).unwrap(),
            "20260131120001_x.sql",
            "behind all that are there"
        );
        assert!(matches!(next("…", &[]), Err(FolderError::Title(_))));
        assert!(matches!(next("x", &["9999_c.sql"]), Err(FolderError::Full(9999))));
    }

    #[test]
    fn numbers_that_are_left_out_or_there_twice_are_told() {
        let files = files(&["0001_a.sql", "0001_b.sql", "0004_c.sql"]);
        let folder = MigrationFolder { path: PathBuf::from("m"), files: files.clone() };
        let told = ["m has no number between 0001 and 0004", "m has the number 0001 twice"];
        assert_eq!(folder.warnings(&files), told);
        assert_eq!(folder.unbuilt(&BTreeMap::new()), ["0001_a.sql", "0001_b.sql", "0004_c.sql"]);
        assert!(folder.unbuilt(&files).is_empty());
        let times: BTreeMap<_, _> = [("20260131120000_a.sql", "a"), ("20260202080000_b.sql", "b")]
            .map(|(name, text)| (name.to_owned(), Checksum::of(text)))
            .into();
        let folder = MigrationFolder { path: PathBuf::from("m"), files: times.clone() };
        assert_eq!(folder.warnings(&times), [""; 0], "no number is left out between two times");
    }
}
