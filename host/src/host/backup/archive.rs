//! The file of a backup: what is in it, and how it is written and read.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use super::contents::Contents;
use super::error::BackupError;
use super::properties::DatabaseProperties;
use crate::config::Config;
use crate::support::file_access;

/// The version of this form.
pub(super) const FORMAT: u32 = 1;
/// The first file of the archive.
const MANIFEST: &str = "manifest.json";
/// The dump's name in it.
const DUMP: &str = "database.dump";
/// What the names of files of the state directory begin with.
const STATE: &str = "state/";

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BackupManifest {
    /// The version of the file's form.
    pub format: u32,
    pub created_at: Timestamp,
    /// The version of Tenon that made it.
    pub tenon: String,
    /// The database's name.
    pub database: String,
    /// Whether it was a managed database.
    pub managed: bool,
    #[serde(flatten)]
    pub contents: Contents,
    /// What belongs to the database and is in no dump of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub properties: Option<DatabaseProperties>,
    /// The major version of the `pg_dump` that wrote the dump; 0 if that is not known.
    #[serde(default)]
    pub dumped_by: u32,
    /// The plugins' files that were there; they are not in the backup.
    pub plugins: Vec<PluginFile>,
    /// The files of the archive, by their names.
    pub files: BTreeMap<String, ArchivedFile>,
}

/// A plugin's file that was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PluginFile {
    pub file: String,
    pub sha256: String,
}

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ArchivedFile {
    pub bytes: u64,
    pub sha256: String,
}

/// A backup that was read, unpacked into a folder that goes with this value.
#[derive(Debug)]
pub struct Archive {
    pub manifest: BackupManifest,
    /// The sha256 of the whole file.
    pub sha256: String,
    folder: TempDir,
}

/// A private folder beside the file that is to be made, if nothing is there yet.
pub(super) fn place_of(file: &Path) -> Result<TempDir, BackupError> {
    if file.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let beside = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    tempfile::Builder::new()
        .prefix(".tenon-backup-")
        .tempdir_in(beside)
        .map_err(BackupError::file("make a folder in", beside))
}

/// The files of the host that are not in the database, by their names in the archive: accounts, the lock file
/// of plugins, acknowledgements, and what waits for the audit log.
pub(super) fn state_files(config: &Config) -> BTreeMap<String, PathBuf> {
    let mut files = BTreeMap::from([
        (format!("{STATE}accounts.json"), config.admin.accounts_file.clone()),
        (format!("{STATE}plugins.lock"), config.plugins.lock_file.clone()),
    ]);
    for name in ["findings.json", "audit-spool.jsonl"] {
        files.insert(format!("{STATE}{name}"), config.state_dir.join(name));
    }
    files
}

/// Writes the archive into the folder, with the manifest completed.
pub(super) fn write(
    mut manifest: BackupManifest,
    dump: &Path,
    state: &BTreeMap<String, PathBuf>,
    folder: &Path,
) -> Result<(BackupManifest, PathBuf), BackupError> {
    let dumped = BTreeMap::from([(DUMP.to_owned(), dump.to_owned())]);
    // What changes while it is written would not be what the manifest says, so it is read once.
    let mut small = BTreeMap::new();
    for (name, path) in state {
        match fs::read(path) {
            Ok(bytes) => drop(small.insert(name.clone(), bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(BackupError::File { action: "read", path: path.clone(), source }),
        }
    }
    for (name, path) in &dumped {
        let (bytes, sha256) = sha256_of(path).map_err(BackupError::file("read", path))?;
        manifest.files.insert(name.clone(), ArchivedFile { bytes, sha256 });
    }
    for (name, bytes) in &small {
        let sha256 = hex::encode(Sha256::digest(bytes));
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        manifest.files.insert(name.clone(), ArchivedFile { bytes: length, sha256 });
    }
    let written = folder.join("backup");
    let write = || -> io::Result<()> {
        let file = private(&written)?;
        let mut archive = tar::Builder::new(io::BufWriter::new(file));
        let text = serde_json::to_vec_pretty(&manifest)?;
        append(&mut archive, MANIFEST, u64::try_from(text.len()).unwrap_or(0), text.as_slice())?;
        for (name, path) in &dumped {
            let file = File::open(path)?;
            let length = file.metadata()?.len();
            append(&mut archive, name, length, file)?;
        }
        for (name, bytes) in &small {
            append(&mut archive, name, u64::try_from(bytes.len()).unwrap_or(0), bytes.as_slice())?;
        }
        let file = archive.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()
    };
    write().map_err(BackupError::file("write", &written))?;
    Ok((manifest, written))
}

fn private(path: &Path) -> io::Result<File> {
    file_access::for_owner(File::options().write(true).create_new(true)).open(path)
}

fn append(archive: &mut tar::Builder<impl Write>, name: &str, bytes: u64, from: impl Read) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o600);
    header.set_mtime(0);
    archive.append_data(&mut header, name, from)
}

/// Gives the file its name, and says how large it is, and its sha256. What came there meanwhile stays.
pub(super) fn put_in_place(written: &Path, file: &Path) -> Result<(u64, String), BackupError> {
    let told = sha256_of(written).map_err(BackupError::file("read", written))?;
    fs::hard_link(written, file).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => BackupError::Exists(file.to_owned()),
        _ => BackupError::File { action: "write", path: file.to_owned(), source: error },
    })?;
    if let Some(parent) = file.parent().filter(|parent| !parent.as_os_str().is_empty()) {
        // That the name survives a crash of the machine.
        let synced = file_access::sync_folder(parent);
        synced.map_err(BackupError::file("write", parent))?;
    }
    Ok(told)
}

/// The size and the sha256 of a file.
pub(super) fn sha256_of(path: &Path) -> io::Result<(u64, String)> {
    let (mut file, mut digest) = (File::open(path)?, Sha256::new());
    let bytes = io::copy(&mut file, &mut HashWriter(&mut digest))?;
    Ok((bytes, hex::encode(digest.finalize())))
}

/// Hashes what is written.
struct HashWriter<'a>(&'a mut Sha256);

impl Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads until somebody says that it is to stop.
struct Stoppable<'a>(File, &'a AtomicBool);

impl Read for Stoppable<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.1.load(Ordering::Relaxed) {
            return Err(io::Error::other("it was stopped"));
        }
        self.0.read(into)
    }
}

impl Archive {
    /// What the backup says of itself, before all of it is read.
    pub fn manifest_of(file: &Path) -> Result<BackupManifest, BackupError> {
        let not = |reason: String| BackupError::NoBackup { file: file.to_owned(), reason };
        let opened = File::open(file).map_err(BackupError::file("read", file))?;
        let mut archive = tar::Archive::new(io::BufReader::new(opened));
        let mut entries = archive.entries().map_err(|error| not(error.to_string()))?;
        let first = entries.next().ok_or_else(|| not("it is empty".to_owned()))?;
        manifest(&mut first.map_err(|error| not(error.to_string()))?).map_err(not)
    }

    /// Reads a backup, and holds each file of it against the manifest. It is unpacked below `near`. Ends
    /// early once `stop` is true.
    pub fn open(file: &Path, near: &Path, stop: &AtomicBool) -> Result<Self, BackupError> {
        let not = |reason: String| BackupError::NoBackup { file: file.to_owned(), reason };
        file_access::for_owner_and_group(fs::DirBuilder::new().recursive(true))
            .create(near)
            .map_err(BackupError::file("make the folder", near))?;
        let folder = tempfile::Builder::new().prefix(".tenon-restore-").tempdir_in(near);
        let folder = folder.map_err(BackupError::file("make a folder in", near))?;
        let (_, sha256) = sha256_of(file).map_err(BackupError::file("read", file))?;
        let opened = File::open(file).map_err(BackupError::file("read", file))?;
        let mut archive = tar::Archive::new(io::BufReader::new(Stoppable(opened, stop)));
        let mut found: Option<BackupManifest> = None;
        let mut left = BTreeMap::new();
        for entry in archive.entries().map_err(|error| not(error.to_string()))? {
            let mut entry = entry.map_err(|error| not(error.to_string()))?;
            if found.is_none() {
                let read = manifest(&mut entry).map_err(not)?;
                left.clone_from(&read.files);
                found = Some(read);
                continue;
            }
            let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            let Some(expected) = left.remove(&name).filter(|_| is_plain(&name)) else {
                return Err(not(format!("{name:?} is in it, and not in its manifest")));
            };
            let path = folder.path().join(name.replace('/', "_"));
            let mut unpack = || -> io::Result<(u64, String)> {
                io::copy(&mut entry, &mut private(&path)?)?;
                sha256_of(&path)
            };
            let unpacked = unpack().map_err(BackupError::file("write", &path))?;
            if unpacked != (expected.bytes, expected.sha256) {
                return Err(not(format!("{name} is not what was written: its sha256 is another")));
            }
        }
        let manifest = found.ok_or_else(|| not("it is empty".to_owned()))?;
        match left.keys().next() {
            Some(name) => Err(not(format!("{name} is missing: it was cut short"))),
            None => Ok(Self { manifest, sha256, folder }),
        }
    }

    /// The dump of the database.
    pub(super) fn dump(&self) -> PathBuf {
        self.folder.path().join(DUMP)
    }

    /// A file of the state directory, if the backup has it.
    pub(super) fn state_file(&self, name: &str) -> Option<PathBuf> {
        self.manifest.files.contains_key(name).then(|| self.folder.path().join(name.replace('/', "_")))
    }
}

/// The first file of an archive.
fn manifest(entry: &mut tar::Entry<'_, impl Read>) -> Result<BackupManifest, String> {
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    if name != MANIFEST {
        return Err(format!("it begins with {name:?} and not with {MANIFEST}"));
    }
    let read: BackupManifest =
        serde_json::from_reader(entry).map_err(|error| format!("{MANIFEST}: {error}"))?;
    if read.format != FORMAT {
        return Err(format!("its form is {}, and this version knows {FORMAT}", read.format));
    }
    Ok(read)
}

/// Whether it is one of the names that backups have.
fn is_plain(name: &str) -> bool {
    let plain = |name: &str| !name.is_empty() && !name.contains('/') && name != "..";
    name == DUMP || name.strip_prefix(STATE).is_some_and(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> BackupManifest {
        BackupManifest {
            format: FORMAT,
            created_at: Timestamp::UNIX_EPOCH,
            tenon: "1.0.0".to_owned(),
            database: "tenon".to_owned(),
            managed: true,
            contents: Contents::default(),
            properties: None,
            dumped_by: 15,
            plugins: Vec::new(),
            files: BTreeMap::new(),
        }
    }

    fn made(place: &Path) -> PathBuf {
        let (dump, accounts) = (place.join("dump"), place.join("accounts"));
        fs::write(&dump, "the dump").unwrap();
        fs::write(&accounts, "{}").unwrap();
        let state = BTreeMap::from([
            ("state/accounts.json".to_owned(), accounts),
            ("state/findings.json".to_owned(), place.join("not there")),
        ]);
        let folder = tempfile::tempdir_in(place).unwrap();
        let (_, written) = write(manifest(), &dump, &state, folder.path()).unwrap();
        let file = place.join("b.tenon");
        put_in_place(&written, &file).unwrap();
        file
    }

    #[test]
    fn what_was_written_is_read_and_what_was_changed_is_told() {
        let place = tempfile::tempdir().unwrap();
        let file = made(place.path());
        let read = Archive::open(&file, place.path(), &AtomicBool::new(false)).unwrap();
        assert_eq!(fs::read_to_string(read.dump()).unwrap(), "the dump");
        let accounts = read.state_file("state/accounts.json").unwrap();
        assert_eq!(fs::read_to_string(accounts).unwrap(), "{}");
        assert_eq!(read.state_file("state/findings.json"), None);
        let whole = fs::read(&file).unwrap();
        let told = |bytes: &[u8]| {
            let other = place.path().join("other");
            fs::write(&other, bytes).unwrap();
            Archive::open(&other, place.path(), &AtomicBool::new(false)).unwrap_err().to_string()
        };
        let at = whole.windows(8).position(|part| part == b"the dump").unwrap();
        let mut changed = whole.clone();
        changed[at] = b'T';
        assert!(told(&changed).contains("database.dump is not what was written"), "{}", told(&changed));
        assert!(told(&whole[..at - 512]).contains("is missing: it was cut short"));
        assert!(told(b"").contains("it is empty") && told(&[b'x'; 2048]).contains("is no backup"));
    }

    #[test]
    fn a_file_that_is_there_stays() {
        let place = tempfile::tempdir().unwrap();
        let file = made(place.path());
        assert!(matches!(place_of(&file), Err(BackupError::Exists(_))));
        assert!(matches!(put_in_place(&file, &file), Err(BackupError::Exists(_))));
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        assert!(is_plain("database.dump") && is_plain("state/accounts.json"));
        assert!(!["state/../x", "/etc/passwd", "state/", "state/..", "x"].into_iter().any(is_plain));
    }
}
