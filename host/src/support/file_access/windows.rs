//! What Windows says of files. Access lists are not looked at.

use std::fs::{self, DirBuilder, File, FileType, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::MetadataExt;
use std::path::Path;

/// Whether it can be told here who else may use a file.
pub(crate) const SEES_OTHERS: bool = false;

/// How many of the file system's ticks of 100 ns a second has.
const TICKS: u64 = 10_000_000;

/// Whether this process is of a user who is refused nothing. Windows refuses administrators too.
pub(crate) fn is_root() -> bool {
    false
}

/// Has the file that is made be its owner's: it inherits the access list of its folder.
pub(crate) fn for_owner(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

/// Has the folder that is made be its owner's: it inherits the access list of the folder around it.
pub(crate) fn for_owner_and_group(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}

/// Has the folder that is made be its owner's: it inherits the access list of the folder around it.
pub(crate) fn for_owner_alone(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}

/// Has the folder that is made be passed through by whom the access list of the folder around it lets.
pub(crate) fn for_passing(builder: &mut DirBuilder) -> &mut DirBuilder {
    builder
}

/// Has everybody read a file who may read what lies in its folder.
pub(crate) fn for_everybody(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Opens a file to be read.
pub(crate) fn open_at_once(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Gives what is open to the owner of a folder. Nobody here is root, who would have to.
pub(crate) fn give_to(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Gives a folder to the owner of the one around it, like [`give_to`].
pub(crate) fn give_folder_to(_: &Path, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Has what was made, renamed or removed in a folder be on disk: the file system's journal has it.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    fs::metadata(path).map(drop)
}

/// Has two paths change places in one step; whether the file system does that: not here.
pub(crate) fn exchange(_: &Path, _: &Path) -> io::Result<bool> {
    Ok(false)
}

/// The mode, if others than the owner may do anything with it: not known.
pub(crate) fn beyond_owner(_: &Metadata) -> Option<String> {
    None
}

/// Whether everybody on this machine may read it, as far as is known.
pub(crate) fn everybody_reads(_: &Metadata) -> bool {
    false
}

/// Whether everybody on this machine may write to it, as far as is known.
pub(crate) fn everybody_writes(_: &Metadata) -> bool {
    false
}

/// Whether everybody on this machine may do anything with it, as far as is known.
pub(crate) fn everybody_uses(_: &Metadata) -> bool {
    false
}

/// Whether others than the host's user can write to it, as far as is known.
pub(crate) fn others_write(_: &Metadata) -> bool {
    false
}

/// Whether nobody can take away another's file in this folder, as far as is known.
pub(crate) fn is_sticky(_: &Metadata) -> bool {
    false
}

/// Whether this process may write to it, as far as is known.
pub(crate) fn is_writable(_: &Path) -> bool {
    true
}

/// The owner, in words.
pub(crate) fn owner(_: &Metadata) -> String {
    "another user".to_owned()
}

/// What it is that is no file.
pub(crate) fn kind(kind: FileType) -> &'static str {
    if kind.is_dir() { "a directory" } else { "a device" }
}

/// What tells a file from all others that there are, as far as its metadata have it: when it was made, and
/// changed last. Several files of one program's making may have one of these in common, and not both.
pub(crate) fn identity(metadata: &Metadata) -> (u64, u64) {
    (metadata.creation_time(), metadata.last_write_time())
}

/// When the content was changed last, in seconds and nanoseconds since 1601.
pub(crate) fn modified(metadata: &Metadata) -> (i64, i64) {
    let ticks = metadata.last_write_time();
    ((ticks / TICKS).cast_signed(), (ticks % TICKS * 100).cast_signed())
}

/// When the content was changed last: there is no time of other changes.
pub(crate) fn changed(metadata: &Metadata) -> (i64, i64) {
    modified(metadata)
}

/// Whether what is open still has a name. A file that is being removed cannot be opened.
pub(crate) fn is_linked(_: &Metadata) -> bool {
    true
}
