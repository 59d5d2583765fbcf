//! The managed database's place in the state directory.
//!
//! ```text
//! <state_dir>/postgres/          passable, ours
//!     data/                      the cluster, the server user's
//!     socket/                    the server user's, 0700; private-socket/ while it is upgraded
//!     password                   of the bootstrap superuser, ours, 0600; of it those of our roles are made
//!     server.log                 what the server says; server.log.1 of the run before
//!     lock                       held while somebody starts the server
//! ```

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use sha2::{Digest, Sha256};

use super::error::ManagedError;
use super::user::ServerUser;

/// `sun_path` of a socket address holds 108 bytes with the terminating NUL (unix(7)).
const MAX_SOCKET_PATH: usize = 107;
/// What PostgreSQL appends to the socket directory.
const SOCKET_FILE: &str = "/.s.PGSQL.5432";

/// The directories, made and with the right owners.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub(super) root: PathBuf,
    pub(super) data: PathBuf,
    pub(super) socket: PathBuf,
    pub(super) log: PathBuf,
    pub(super) user: ServerUser,
}

/// Looks for a cluster without making anything. What cannot be looked at is told later.
pub(super) fn cluster_in(state_dir: &Path) -> Result<(), ManagedError> {
    let data = state_dir.join("postgres").join("data");
    match data.join("PG_VERSION").try_exists() {
        Ok(false) => Err(ManagedError::NoCluster(data)),
        Ok(true) | Err(_) => Ok(()),
    }
}

/// The password of the bootstrap superuser of the cluster in this state directory.
pub(super) fn kept_password(state_dir: &Path) -> Result<SecretString, ManagedError> {
    let file = state_dir.join("postgres").join("password");
    let text = std::fs::read_to_string(&file).map_err(ManagedError::file("read", &file))?;
    Ok(text.trim().into())
}

impl Layout {
    /// Makes the directories that are missing and checks that the server's user can reach them. As root,
    /// the state directory is made passable for others; directories above it that exist are not touched. A
    /// private server has its socket where nobody looks for it.
    pub(super) fn prepare(state_dir: &Path, private: bool) -> Result<Self, ManagedError> {
        let make = ManagedError::file("create the directory", state_dir);
        let missing: Vec<&Path> = state_dir.ancestors().take_while(|dir| !dir.exists()).collect();
        DirBuilder::new().recursive(true).mode(0o750).create(state_dir).map_err(make)?;
        let made = missing.into_iter().filter(|dir| !dir.as_os_str().is_empty());
        let state_dir = state_dir.canonicalize().map_err(ManagedError::file("resolve", state_dir))?;
        let root = state_dir.join("postgres");
        let data = root.join("data");
        let user = ServerUser::choose(&data)?;
        directory(&root, 0o711)?;
        if user.dropped {
            made.chain([state_dir.as_path(), root.as_path()]).try_for_each(passable)?;
            if let Some(dir) = root.ancestors().find(|dir| !user.may_pass(dir)) {
                return Err(ManagedError::NotTraversable { dir: dir.to_owned(), user: user.name });
            }
        }
        let socket = socket_dir(&root, if private { "private-socket" } else { "socket" }, &user)?;
        Ok(Self { data, log: root.join("server.log"), socket, user, root })
    }

    /// The major version of the cluster; `None` if there is none yet.
    pub(super) fn data_major(&self) -> Result<Option<u32>, ManagedError> {
        let version = self.data.join("PG_VERSION");
        match std::fs::read_to_string(&version) {
            Ok(text) => {
                let major = text.trim().split('.').next().and_then(|major| major.parse().ok());
                major.map(Some).ok_or_else(|| ManagedError::NotACluster(self.data.clone()))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                match std::fs::remove_dir(&self.data) {
                    // An empty directory is as good as none.
                    Ok(()) => Ok(None),
                    Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                    Err(_) => Err(ManagedError::NotACluster(self.data.clone())),
                }
            }
            Err(source) => Err(ManagedError::File { action: "read", path: version, source }),
        }
    }

    /// The password of the bootstrap superuser, made if there is no cluster yet that has another.
    pub(super) fn password(&self, has_data: bool) -> Result<SecretString, ManagedError> {
        let file = self.root.join("password");
        match std::fs::read_to_string(&file) {
            Ok(text) if !text.trim().is_empty() => return Ok(text.trim().into()),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(source) => return Err(ManagedError::File { action: "read", path: file, source }),
        }
        if has_data {
            return Err(ManagedError::NoPassword(file));
        }
        let password = hex::encode(rand::random::<[u8; 32]>());
        // Complete or not at all: renamed into place.
        let new = self.root.join("password.new");
        private_file(&new, &password)?;
        std::fs::rename(&new, &file).map_err(ManagedError::file("create", &file))?;
        Ok(password.into())
    }

    /// Makes the change of a name in our directory survive a crash of the machine.
    pub(super) fn sync(&self) -> Result<(), ManagedError> {
        File::open(&self.root).and_then(|dir| dir.sync_all()).map_err(ManagedError::file("write", &self.root))
    }

    /// The last lines of the server's log, for messages.
    pub(super) fn log_tail(&self) -> String {
        let text = std::fs::read(&self.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        let tail: Vec<String> = lines.iter().rev().take(20).rev().map(|line| format!("    {line}")).collect();
        if tail.is_empty() { "    (nothing was logged)".to_owned() } else { tail.join("\n") }
    }
}

/// Writes a new file that only we can read, replacing one that is there.
pub(super) fn private_file(path: &Path, text: &str) -> Result<(), ManagedError> {
    drop(std::fs::remove_file(path));
    let write = || {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(ManagedError::file("write", path))
}

fn directory(path: &Path, mode: u32) -> Result<(), ManagedError> {
    match DirBuilder::new().mode(mode).create(path) {
        // The mode given is cut by the process's umask.
        Ok(()) => std::fs::set_permissions(path, Permissions::from_mode(mode))
            .map_err(ManagedError::file("set the mode of", path)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => {
            Err(ManagedError::File { action: "create the directory", path: path.to_owned(), source })
        }
    }
}

/// Lets others pass through a directory of ours, without letting them see what is in it.
fn passable(path: &Path) -> Result<(), ManagedError> {
    let mode = path.metadata().map_err(ManagedError::file("look at", path))?.mode();
    std::fs::set_permissions(path, Permissions::from_mode(mode | 0o011))
        .map_err(ManagedError::file("set the mode of", path))
}

/// `<root>/socket`, or where that is too long for a socket's address a short directory with a name
/// that is the same at every start.
fn socket_dir(root: &Path, name: &str, user: &ServerUser) -> Result<PathBuf, ManagedError> {
    let mut dir = root.join(name);
    if dir.as_os_str().len() + SOCKET_FILE.len() > MAX_SOCKET_PATH {
        let named = if name == "socket" { root } else { dir.as_path() };
        let digest = hex::encode(Sha256::digest(named.as_os_str().as_bytes()));
        let base = if user.dropped && Path::new("/run").is_dir() { "/run" } else { "/tmp" };
        let short = Path::new(base).join(format!("tenon-{}-{}", user.uid, &digest[..12]));
        tracing::info!(directory = %short.display(), instead_of = %dir.display(), "the path is too long for a socket");
        dir = short;
    }
    directory(&dir, 0o700)?;
    let metadata = dir.symlink_metadata().map_err(ManagedError::file("look at", &dir))?;
    // In /tmp anybody could have made it before us.
    let ours = metadata.uid() == rustix::process::geteuid().as_raw() || metadata.uid() == user.uid;
    if !metadata.is_dir() || !ours || metadata.mode() & 0o077 != 0 {
        return Err(ManagedError::SocketDir { dir, uid: user.uid });
    }
    user.own(&dir)?;
    Ok(dir)
}
