//! Modes, owners and groups.

use std::fs::{self, DirBuilder, File, FileType, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::{Access, CWD, OFlags, RenameFlags, renameat_with};
use rustix::io::Errno;
use rustix::process::{getegid, geteuid};

/// Whether it can be told here who else may use a file.
pub(crate) const SEES_OTHERS: bool = true;

/// Whether this process is root's, who is refused nothing.
pub(crate) fn is_root() -> bool {
    geteuid().is_root()
}

/// Has the file that is made be read and written by its owner alone.
pub(crate) fn for_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// Has the folder that is made be written by its owner alone, and read by the group.
pub(crate) fn for_owner_and_group(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder.mode(0o750)
}

/// Has the folder that is made be used by its owner alone.
pub(crate) fn for_owner_alone(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder.mode(0o700)
}

/// Has the folder that is made be passed through by everybody, and written by its owner alone.
pub(crate) fn for_passing(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder.mode(0o711)
}

/// Has everybody read a file, and its owner alone write it.
pub(crate) fn for_everybody(path: &Path) -> io::Result<()> {
    fs::set_permissions(path, Permissions::from_mode(0o644))
}

/// Opens a file to be read. What is none, such as a pipe that nobody writes to, keeps nobody waiting.
pub(crate) fn open_at_once(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)
}

/// Gives what is open to the owner of a folder, where root has made it: whoever the folder is of could not
/// read it any more.
pub(crate) fn give_to(made: &File, folder: &Path) -> io::Result<()> {
    let owner = fs::metadata(folder)?;
    if is_root() && made.metadata()?.uid() != owner.uid() {
        std::os::unix::fs::fchown(made, Some(owner.uid()), Some(owner.gid()))?;
    }
    Ok(())
}

/// Gives a folder to the owner of the one around it, like [`give_to`].
pub(crate) fn give_folder_to(made: &Path, around: &Path) -> io::Result<()> {
    give_to(&File::open(made)?, around)
}

/// Has what was made, renamed or removed in a folder be on disk.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Has two paths change places in one step; whether the file system does that.
pub(crate) fn exchange(one: &Path, other: &Path) -> io::Result<bool> {
    match renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE) {
        Ok(()) => Ok(true),
        Err(Errno::INVAL | Errno::NOSYS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The mode, if others than the owner may do anything with it.
pub(crate) fn beyond_owner(metadata: &Metadata) -> Option<String> {
    let mode = metadata.mode() & 0o777;
    (mode & 0o077 != 0).then(|| format!("{mode:o}"))
}

/// Whether everybody on this machine may read it.
pub(crate) fn everybody_reads(metadata: &Metadata) -> bool {
    metadata.mode() & 0o004 != 0
}

/// Whether everybody on this machine may write to it.
pub(crate) fn everybody_writes(metadata: &Metadata) -> bool {
    metadata.mode() & 0o002 != 0
}

/// Whether everybody on this machine may do anything with it.
pub(crate) fn everybody_uses(metadata: &Metadata) -> bool {
    metadata.mode() & 0o007 != 0
}

/// Whether it can be written by everybody, or by a group that is neither root's nor the host's own.
pub(crate) fn others_write(metadata: &Metadata) -> bool {
    let group = metadata.mode() & 0o020 != 0 && ![0, getegid().as_raw()].contains(&metadata.gid());
    group || everybody_writes(metadata)
}

/// Whether nobody can take away another's file in this folder, but put in one of their own.
pub(crate) fn is_sticky(metadata: &Metadata) -> bool {
    metadata.mode() & 0o1000 != 0
}

/// Whether this process may write to it.
pub(crate) fn is_writable(path: &Path) -> bool {
    is_root() || rustix::fs::access(path, Access::WRITE_OK).is_ok()
}

/// The owner, in words.
pub(crate) fn owner(metadata: &Metadata) -> String {
    format!("user {}", metadata.uid())
}

/// What it is that is no file.
pub(crate) fn kind(kind: FileType) -> &'static str {
    match () {
        () if kind.is_dir() => "a directory",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    }
}

/// What tells a file from all others that there are: its device and its number there.
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

/// When the content was changed last, in seconds and nanoseconds.
pub(crate) fn modified(metadata: &Metadata) -> (i64, i64) {
    (metadata.mtime(), metadata.mtime_nsec())
}

/// When content, name, owner or mode were changed last, in seconds and nanoseconds.
pub(crate) fn changed(metadata: &Metadata) -> (i64, i64) {
    (metadata.ctime(), metadata.ctime_nsec())
}

/// Whether what is open still has a name.
pub(crate) fn is_linked(metadata: &Metadata) -> bool {
    metadata.nlink() > 0
}
