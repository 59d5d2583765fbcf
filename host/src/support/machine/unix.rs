//! Linux, which has something for everything.

use std::io;
use std::path::{Path, PathBuf};

/// The parts of the host that this system has nothing for, the layers that hold plugins apart: none.
pub(crate) const MISSING: [(&str, &str); 0] = [];

/// The name of this machine.
pub(crate) fn host_name() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The name of the process's user, or its number where it has none.
pub(crate) fn user_name() -> String {
    let uid = rustix::process::getuid().as_raw();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_of(uid, &users).unwrap_or_else(|| format!("uid {uid}"))
}

/// Looks a user up in the text of a passwd file: `name:password:uid:…` (passwd(5)).
fn name_of(uid: u32, users: &str) -> Option<String> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

/// How many bytes are free for this user on the disk of a folder.
pub(crate) fn free_bytes(folder: &Path) -> io::Result<u64> {
    let found = rustix::fs::statvfs(folder)?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize))
}

/// How many bytes a page of memory has.
pub(crate) fn page_size() -> u64 {
    rustix::param::page_size() as u64
}

/// The program that this process runs, also when another one has taken its place on disk.
pub(crate) fn own_program() -> io::Result<PathBuf> {
    Ok(PathBuf::from("/proc/self/exe"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_user_comes_from_the_passwd_file() {
        let users = "root:x:0:0:root:/root:/bin/sh\nbroken\nana:x:1000:1000::/home/ana:/bin/sh\n";
        assert_eq!(name_of(1000, users).as_deref(), Some("ana"));
        assert_eq!(name_of(7, users), None);
    }
}
