//! The process that runs a data directory, from PostgreSQL's `postmaster.pid`.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// A live server of a data directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Running {
    pub(super) pid: u32,
    /// Where its socket is; unknown while it starts.
    pub(super) socket: Option<PathBuf>,
    /// Whether the server is shutting down, and will be gone soon.
    pub(super) stopping: bool,
}

/// The live server of this data directory, if there is one.
pub(super) fn running(data: &Path) -> Option<Running> {
    let found = parse(&std::fs::read_to_string(data.join("postmaster.pid")).ok()?)?;
    is_server_of(found.pid, data).then_some(found)
}

/// Whether a server runs on this data directory.
pub(super) fn is_served(data: &Path) -> bool {
    running(data).is_some()
}

/// Whether the process is alive and a server of this directory, not some other process that got the
/// number since.
pub(super) fn is_server_of(pid: u32, data: &Path) -> bool {
    // Of a process that ended but was not waited for, this is empty.
    let Ok(arguments) = std::fs::read(format!("/proc/{pid}/cmdline")) else { return false };
    arguments.split(|byte| *byte == 0).any(|argument| argument == data.as_os_str().as_bytes())
}

/// Removes the file if the number in it now belongs to another process: PostgreSQL would take that one
/// for a server and refuse to start. A number that nobody has is left to PostgreSQL, which then also
/// looks whether anything of the dead server still holds its shared memory.
pub(super) fn remove_if_taken_over(data: &Path) {
    let file = data.join("postmaster.pid");
    let pid = std::fs::read_to_string(&file).ok().as_deref().and_then(parse).map(|found| found.pid);
    if pid.is_some_and(|pid| Path::new(&format!("/proc/{pid}")).exists() && !is_server_of(pid, data)) {
        drop(std::fs::remove_file(file));
    }
}

/// Line 1 is the process, 5 the first socket directory, 8 the state (`pidfile.h` in PostgreSQL's source).
fn parse(text: &str) -> Option<Running> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let line = |number: usize| lines.get(number - 1).filter(|line| !line.is_empty());
    Some(Running {
        // A standalone backend writes a negative number; it takes no connections.
        pid: line(1)?.parse().ok()?,
        socket: line(5).map(PathBuf::from),
        stopping: line(8) == Some(&"stopping"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_tells_process_socket_and_state() {
        let text = "4711\n/s/data\n1754700000\n5432\n/s/socket\n\n  5432001   3\nready   \n";
        assert_eq!(
            parse(text),
            Some(Running { pid: 4711, socket: Some("/s/socket".into()), stopping: false })
        );
        let text = text.replace("ready   ", "stopping");
        assert!(parse(&text).unwrap().stopping);
        assert_eq!(parse("4711\n/s/data\n"), Some(Running { pid: 4711, socket: None, stopping: false }));
        assert_eq!(parse(""), None);
    }

    #[test]
    fn a_process_that_got_the_number_of_a_dead_server_is_not_the_server() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(
            data.path().join("postmaster.pid"),
            format!("{}\n/x\n1\n5432\n/y\n", std::process::id()),
        )
        .unwrap();
        assert_eq!(running(data.path()), None);
        remove_if_taken_over(data.path());
        assert!(!data.path().join("postmaster.pid").exists());
    }
}
