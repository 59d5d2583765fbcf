//! The owner of a file and who else may use it, and what the file system says of it besides.
//!
//! On Windows there are no modes. A file that is made here inherits the access list of its directory, so that
//! only the owner reads what lies in a directory of his profile. Nothing here looks at access lists: where a
//! question is about others, the answer is that nothing is known of them, and `tenon doctor` says so.

#[cfg_attr(unix, path = "file_access/unix.rs")]
#[cfg_attr(windows, path = "file_access/windows.rs")]
mod system;

pub(crate) use system::{
    SEES_OTHERS, beyond_owner, changed, everybody_reads, everybody_uses, everybody_writes, exchange,
    for_everybody, for_owner, for_owner_alone, for_owner_and_group, for_passing, give_folder_to, give_to,
    identity, is_linked, is_root, is_sticky, is_writable, kind, modified, open_at_once, others_write, owner,
    sync_folder,
};
