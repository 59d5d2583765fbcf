//! Windows, and what of the host is off there.

use std::io;
use std::path::{Path, PathBuf};

/// The parts of the host that this system has nothing for, each with what that means. The layers that hold
/// plugins are told apart from these.
pub(crate) const MISSING: [(&str, &str); 5] = [
    (
        "the managed database",
        "Tenon runs no PostgreSQL of its own, and needs the address of one: set DATABASE_URL, or database.url",
    ),
    ("sockets of PostgreSQL on this machine", "a database is reached over TCP alone"),
    (
        "owners and modes of files",
        "files inherit the access list of their folder, and nobody looks who else may use them",
    ),
    (
        "the service manager",
        "it is not told how the host is, it passes no sockets, and nothing has the configuration read again but a restart",
    ),
    (
        "figures of the process, of plugins' threads and of the disk",
        "/metrics and the examination of the installation do without them",
    ),
];

/// The name of this machine, which Windows gives every process.
pub(crate) fn host_name() -> String {
    std::env::var("COMPUTERNAME").unwrap_or_else(|_| "localhost".to_owned())
}

/// The name of the process's user, which Windows gives every process.
pub(crate) fn user_name() -> String {
    std::env::var("USERNAME").unwrap_or_else(|_| "unknown user".to_owned())
}

/// How many bytes are free for this user on the disk of a folder: not asked here.
pub(crate) fn free_bytes(_: &Path) -> io::Result<u64> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "the room on a disk is not asked for on Windows"))
}

/// How many bytes a page of memory has, on every architecture that Windows runs on.
pub(crate) fn page_size() -> u64 {
    4096
}

/// The program that this process runs. While it runs no other one can take its place.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    std::env::current_exe()
}
