//! The folder of one plugin.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, fstat, mkdirat, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;
use tenon_migrations_core::migration::PluginId;
use uuid::Uuid;

use super::error::{FolderError, MOST_FILES};
use super::folder_lock::FolderLock;
use super::name::{FileName, MOST_PARTS};
use crate::support::lock::LockExt;

/// What is being written begins so, which no name of a plugin does.
const WRITTEN: &str = ".written-";

/// How old it is when nobody writes it any more.
const ABANDONED: Duration = Duration::from_secs(60 * 60);

/// The folder of one plugin. Whoever writes does so after the other, in this process and in all others of
/// this machine.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    quota: u64,
    writing: Mutex<()>,
}

/// What is in a folder.
#[derive(Debug, Default)]
struct Contents {
    files: Vec<(String, u64)>,
    /// All bytes, those too that are being written.
    bytes: u64,
    /// Files and folders.
    count: usize,
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

impl Folder {
    /// The folder of a plugin, the same for all who ask in this process.
    pub(super) fn of(root: &Path, plugin: &PluginId, quota: u64) -> Result<Arc<Self>, FolderError> {
        static ALL: LazyLock<Mutex<BTreeMap<PathBuf, Arc<Folder>>>> = LazyLock::new(Mutex::default);
        let path = root.join(plugin.as_str());
        let mut all = ALL.lock_unpoisoned();
        let folder = all
            .entry(path.clone())
            .or_insert_with(|| Arc::new(Self { path, quota, writing: Mutex::default() }));
        Ok(Arc::clone(folder))
    }

    pub(super) fn read(&self, name: &FileName) -> Result<Vec<u8>, FolderError> {
        let (folders, last) = name.split();
        let not_found = || FolderError::NotFound { name: name.text() };
        let at = self.open(folders, name, false)?.ok_or_else(not_found)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = match openat(&at, last, flags, Mode::empty()) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Err(not_found()),
            Err(Errno::LOOP | Errno::MLINK) => return Err(bad_name(name, "is a symbolic link")),
            Err(error) => return Err(error.into()),
        };
        if !is_file(fstat(&file)?.st_mode) {
            return Err(not_found());
        }
        // Somebody else may have put there more than the plugin could.
        let mut content = Vec::new();
        File::from(file).take(self.quota.saturating_add(1)).read_to_end(&mut content)?;
        let wanted = content.len() as u64;
        match wanted > self.quota {
            true => Err(FolderError::Full { used: 0, quota: self.quota, wanted }),
            false => Ok(content),
        }
    }

    /// Waits until then for who writes elsewhere.
    pub(super) fn write(&self, name: &FileName, content: &[u8], until: Instant) -> Result<(), FolderError> {
        let _alone = self.writing.lock_unpoisoned();
        let _alone_of_all = FolderLock::take(&self.path, until)?;
        let (folders, last) = name.split();
        let contents = self.contents()?;
        let text = name.text();
        let former = contents.files.iter().find(|(known, _)| *known == text).map(|(_, size)| *size);
        let (wanted, used) = (content.len() as u64, contents.bytes - former.unwrap_or_default());
        if used.saturating_add(wanted) > self.quota {
            return Err(FolderError::Full { used, quota: self.quota, wanted });
        }
        if former.is_none() && contents.count + folders.len() >= MOST_FILES {
            return Err(FolderError::TooMany {});
        }
        let at = self.open(folders, name, true)?.ok_or(FolderError::NotFound { name: text })?;
        match statat(&at, last, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(there) if !is_file(there.st_mode) => {
                return Err(bad_name(name, "is a folder, or a symbolic link"));
            }
            Ok(_) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let beside = format!("{WRITTEN}{}", Uuid::new_v4());
        let written = put(at.as_fd(), &beside, content)
            .and_then(|()| Ok(renameat(&at, beside.as_str(), &at, last)?))
            .and_then(|()| Ok(rustix::fs::fsync(&at)?));
        if written.is_err() {
            let _ = unlinkat(&at, beside.as_str(), AtFlags::empty());
        }
        written
    }

    /// Waits until then for who writes elsewhere.
    pub(super) fn delete(&self, name: &FileName, until: Instant) -> Result<(), FolderError> {
        let _alone = self.writing.lock_unpoisoned();
        let (folders, last) = name.split();
        let not_found = || FolderError::NotFound { name: name.text() };
        // Where nothing was ever written, nothing is made for a lock.
        self.open_own(false)?.ok_or_else(not_found)?;
        let _alone_of_all = FolderLock::take(&self.path, until)?;
        let at = self.open(folders, name, false)?.ok_or_else(not_found)?;
        match unlinkat(&at, last, AtFlags::empty()) {
            Ok(()) => {}
            // It is not there, or a folder.
            Err(Errno::NOENT | Errno::ISDIR | Errno::PERM) => return Err(not_found()),
            Err(error) => return Err(error.into()),
        }
        rustix::fs::fsync(&at)?;
        // Folders go with their last file.
        for depth in (0..folders.len()).rev() {
            let Ok(Some(above)) = self.open(&folders[..depth], name, false) else { break };
            if unlinkat(&above, folders[depth].as_str(), AtFlags::REMOVEDIR).is_err() {
                break;
            }
        }
        Ok(())
    }

    /// All files, in the order of their names.
    pub(super) fn list(&self) -> Result<Vec<(String, u64)>, FolderError> {
        let mut files = self.contents()?.files;
        files.sort();
        Ok(files)
    }

    /// Opens the folders one within the other; `None` where one is not there.
    fn open(&self, folders: &[String], name: &FileName, make: bool) -> Result<Option<OwnedFd>, FolderError> {
        let Some(mut at) = self.open_own(make)? else { return Ok(None) };
        for folder in folders {
            let opened = match openat(&at, folder.as_str(), FOLDER, Mode::empty()) {
                Err(Errno::NOENT) if make => {
                    match mkdirat(&at, folder.as_str(), Mode::RWXU) {
                        Ok(()) | Err(Errno::EXIST) => {}
                        Err(error) => return Err(error.into()),
                    }
                    openat(&at, folder.as_str(), FOLDER, Mode::empty())
                }
                opened => opened,
            };
            at = match opened {
                Ok(opened) => opened,
                Err(Errno::NOENT) => return Ok(None),
                Err(Errno::NOTDIR | Errno::LOOP | Errno::MLINK) => {
                    return Err(bad_name(name, "leads through what is no folder, or a symbolic link"));
                }
                Err(error) => return Err(error.into()),
            };
        }
        Ok(Some(at))
    }

    /// Opens the plugin's own folder, which is made with its first file.
    fn open_own(&self, make: bool) -> Result<Option<OwnedFd>, FolderError> {
        if make && let Some(root) = self.path.parent() {
            std::fs::create_dir_all(root)?;
            match mkdirat(CWD, &self.path, Mode::RWXU) {
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        match openat(CWD, &self.path, FOLDER, Mode::empty()) {
            Ok(own) => Ok(Some(own)),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn contents(&self) -> Result<Contents, FolderError> {
        let mut contents = Contents::default();
        if let Some(own) = self.open_own(false)? {
            contents.add(own.as_fd(), "", 1)?;
        }
        Ok(contents)
    }
}

impl Contents {
    fn add(&mut self, folder: BorrowedFd<'_>, before: &str, depth: usize) -> Result<(), FolderError> {
        for entry in Dir::read_from(folder)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().to_str() else { continue };
            if matches!(name, "." | "..") {
                continue;
            }
            let Ok(there) = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) else { continue };
            self.count += 1;
            if self.count > 2 * MOST_FILES {
                return Err(FolderError::TooMany {});
            }
            let size = u64::try_from(there.st_size).unwrap_or_default();
            match FileType::from_raw_mode(there.st_mode) {
                FileType::Directory if depth < MOST_PARTS => {
                    let below = match openat(folder, name, FOLDER, Mode::empty()) {
                        Ok(below) => below,
                        // Another host has taken it away meanwhile.
                        Err(Errno::NOENT) => continue,
                        Err(error) => return Err(error.into()),
                    };
                    self.add(below.as_fd(), &format!("{before}{name}/"), depth + 1)?;
                }
                FileType::RegularFile if name.starts_with(WRITTEN) && is_abandoned(&there) => {
                    let _ = unlinkat(folder, name, AtFlags::empty());
                }
                FileType::RegularFile => {
                    self.bytes += size;
                    if !name.starts_with('.') {
                        self.files.push((format!("{before}{name}"), size));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether whoever began to write it must have ended.
fn is_abandoned(there: &rustix::fs::Stat) -> bool {
    let at = UNIX_EPOCH + Duration::from_secs(u64::try_from(there.st_mtime).unwrap_or_default());
    SystemTime::now().duration_since(at).is_ok_and(|age| age > ABANDONED)
}

fn is_file(mode: rustix::fs::RawMode) -> bool {
    FileType::from_raw_mode(mode) == FileType::RegularFile
}

fn bad_name(name: &FileName, why: &'static str) -> FolderError {
    FolderError::BadName { name: name.text(), why }
}

/// Writes a new file, down to the disk.
fn put(at: BorrowedFd<'_>, name: &str, content: &[u8]) -> Result<(), FolderError> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mut file = File::from(openat(at, name, flags, Mode::RUSR | Mode::WUSR)?);
    file.write_all(content)?;
    file.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder(place: &Path, quota: u64) -> Folder {
        Folder { path: place.join("files/notes"), quota, writing: Mutex::default() }
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    fn name(text: &str) -> FileName {
        FileName::of(text).unwrap()
    }

    #[test]
    fn files_are_written_whole_listed_and_taken_away() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(place.path(), 100);
        assert!(folder.list().unwrap().is_empty());
        folder.write(&name("b/c.txt"), b"one", soon()).unwrap();
        folder.write(&name("b/c.txt"), b"another", soon()).unwrap();
        folder.write(&name("a"), b"", soon()).unwrap();
        assert_eq!(folder.read(&name("b/c.txt")).unwrap(), b"another");
        assert_eq!(folder.list().unwrap(), [("a".to_owned(), 0), ("b/c.txt".to_owned(), 7)]);
        let inside = std::fs::read_dir(place.path().join("files/notes/b")).unwrap().count();
        assert_eq!(inside, 1, "nothing is left of writing");
        folder.delete(&name("b/c.txt"), soon()).unwrap();
        assert!(!place.path().join("files/notes/b").exists(), "a folder goes with its last file");
        assert!(matches!(folder.read(&name("b/c.txt")), Err(FolderError::NotFound { .. })));
        assert!(matches!(folder.delete(&name("b/c.txt"), soon()), Err(FolderError::NotFound { .. })));
    }

    #[test]
    fn the_quota_counts_what_is_there_and_what_a_file_had_before() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(place.path(), 10);
        folder.write(&name("a"), &[1; 6], soon()).unwrap();
        assert!(matches!(folder.write(&name("b"), &[1; 5], soon()), Err(FolderError::Full { used: 6, .. })));
        folder.write(&name("a"), &[2; 10], soon()).unwrap();
        assert!(matches!(folder.write(&name("a"), &[2; 11], soon()), Err(FolderError::Full { used: 0, .. })));
        assert_eq!(folder.read(&name("a")).unwrap(), [2; 10]);
    }

    #[test]
    fn no_symbolic_link_is_followed() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(place.path(), 100);
        folder.write(&name("a"), b"a", soon()).unwrap();
        let own = place.path().join("files/notes");
        std::fs::write(place.path().join("secret"), b"secret").unwrap();
        symlink(place.path(), own.join("out")).unwrap();
        symlink(place.path().join("secret"), own.join("link")).unwrap();
        for leads_out in ["out/secret", "link"] {
            let read = folder.read(&name(leads_out));
            assert!(matches!(read, Err(FolderError::BadName { .. })), "{leads_out}: {read:?}");
            let written = folder.write(&name(leads_out), b"x", soon());
            assert!(matches!(written, Err(FolderError::BadName { .. })), "{leads_out}: {written:?}");
        }
        assert!(folder.delete(&name("out/secret"), soon()).is_err());
        assert_eq!(std::fs::read(place.path().join("secret")).unwrap(), b"secret");
        assert_eq!(folder.list().unwrap(), [("a".to_owned(), 1)]);
    }

    #[test]
    fn two_who_write_at_once_do_not_pass_the_quota_together() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(place.path(), 50);
        std::thread::scope(|scope| {
            for at in 0..8 {
                let folder = &folder;
                scope.spawn(move || folder.write(&name(&format!("f{at}")), &[0; 10], soon()));
            }
        });
        let files = folder.list().unwrap();
        assert_eq!(files.iter().map(|(_, size)| size).sum::<u64>(), 50, "{files:?}");
    }

    #[test]
    fn who_finds_that_another_process_writes_waits_and_not_for_ever() {
        let place = tempfile::tempdir().unwrap();
        let folder = folder(place.path(), 100);
        folder.write(&name("a"), b"a", soon()).unwrap();
        // A lock of another opening is one of another process, too.
        let other = FolderLock::take(&folder.path, soon()).unwrap();
        let shortly = Instant::now() + Duration::from_millis(50);
        for refused in [folder.write(&name("b"), b"b", shortly), folder.delete(&name("a"), shortly)] {
            assert!(matches!(refused, Err(FolderError::Locked {})), "{refused:?}");
        }
        assert_eq!(folder.read(&name("a")).unwrap(), b"a", "who reads waits for nobody");
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| folder.write(&name("b"), b"b", soon()));
            std::thread::sleep(Duration::from_millis(50));
            assert!(!waits.is_finished());
            drop(other);
            waits.join().unwrap().unwrap();
        });
        assert_eq!(folder.list().unwrap().len(), 2, "the lock is no file of the plugin");
    }
}
