//! Files that are read whole and replaced whole, by rename.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Replaces the file, readable by its owner only. After a crash it is the old one or the new one.
pub(crate) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let folder = folder(path);
    // tempfile makes its files 0600.
    let mut new = tempfile::Builder::new().prefix(".new-").tempfile_in(&folder)?;
    new.write_all(text)?;
    give_to_owner(new.as_file(), &folder)?;
    new.as_file().sync_all()?;
    new.persist(path)?;
    File::open(&folder)?.sync_all()
}

/// Keeps other processes from changing the file until dropped. Waits for those that do.
pub(crate) fn lock(path: &Path) -> io::Result<File> {
    fs::create_dir_all(folder(path))?;
    // Beside the file, since the file itself is replaced.
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let file = File::options().create(true).append(true).mode(0o600).open(name)?;
    give_to_owner(&file, &folder(path))?;
    file.lock()?;
    Ok(file)
}

/// Makes a folder, which belongs to whom the folder around it does.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(path)?;
    give_to_owner(&File::open(path)?, &folder(path))
}

/// What root writes into a service's folder has to be the service's, or it could not read it any more.
pub(crate) fn give_to_owner(file: &File, folder: &Path) -> io::Result<()> {
    let owner = fs::metadata(folder)?;
    if rustix::process::geteuid().is_root() && file.metadata()?.uid() != owner.uid() {
        std::os::unix::fs::fchown(file, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

fn folder(path: &Path) -> PathBuf {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned()
}
