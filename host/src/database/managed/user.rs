//! The user the server runs as: PostgreSQL refuses root.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::ManagedError;

/// The user of the operating system who runs the server and owns its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ServerUser {
    pub(super) name: String,
    pub(super) uid: u32,
    pub(super) gid: u32,
    /// Whether that is another user than ours, which only root can arrange.
    pub(super) dropped: bool,
}

impl ServerUser {
    /// Ourselves; as root the owner of existing data, else `postgres`, else `nobody`.
    pub(super) fn choose(data: &Path) -> Result<Self, ManagedError> {
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        let owner = data.metadata().ok().map(|metadata| (metadata.uid(), metadata.gid()));
        if uid != 0 {
            return match owner {
                Some((owner, _)) if owner != uid => {
                    Err(ManagedError::NotOwner { data: data.to_owned(), owner })
                }
                _ => Ok(Self { name: name_of(uid), uid, gid, dropped: false }),
            };
        }
        if let Some((uid, gid)) = owner.filter(|(owner, _)| *owner != 0) {
            return Ok(Self { name: name_of(uid), uid, gid, dropped: true });
        }
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        ["postgres", "nobody"].iter().find_map(|name| find(&passwd, name)).ok_or(ManagedError::NoUser)
    }

    /// A command that runs as this user, in a directory everybody may be in, with an environment that
    /// holds nothing of ours: no `PG…` variable can redirect the server.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir("/").stdin(Stdio::null());
        for name in ["PATH", "LD_LIBRARY_PATH", "TZ"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        if self.dropped {
            // Also clears the supplementary groups.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Gives a file to this user.
    pub(super) fn own(&self, path: &Path) -> Result<(), ManagedError> {
        if !self.dropped {
            return Ok(());
        }
        std::os::unix::fs::chown(path, Some(self.uid), Some(self.gid))
            .map_err(ManagedError::file("hand over to the database's user", path))
    }

    /// Whether this user may pass through a directory. Only mode bits count, not access lists.
    pub(super) fn may_pass(&self, dir: &Path) -> bool {
        dir.metadata().is_ok_and(|metadata| {
            let bit = match (metadata.uid() == self.uid, metadata.gid() == self.gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            metadata.mode() & bit != 0
        })
    }
}

fn find(passwd: &str, name: &str) -> Option<ServerUser> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
        Some(ServerUser { name: name.to_owned(), uid, gid, dropped: true })
    })
}

fn name_of(uid: u32) -> String {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let has_uid = |line: &&str| line.split(':').nth(2) == Some(uid.to_string().as_str());
    let name = passwd.lines().find(has_uid).and_then(|line| line.split(':').next());
    name.map_or_else(|| format!("#{uid}"), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_in_passwd_by_their_whole_name() {
        let passwd = "root:x:0:0::/root:/bin/sh\npostgres2:x:7:8:::\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash\n";
        let user = find(passwd, "postgres").unwrap();
        assert_eq!((user.uid, user.gid), (101, 104));
        assert!(find(passwd, "nobody").is_none());
    }
}
