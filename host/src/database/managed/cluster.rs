//! Making a new cluster with `initdb`.

use std::os::unix::fs::DirBuilderExt;
use std::process::{Output, Stdio};

use rustix::process::Signal;
use secrecy::{ExposeSecret, SecretString};

use super::binaries::Binaries;
use super::error::ManagedError;
use super::layout::{Layout, private_file};
use super::{BOOTSTRAP, Durability};
use crate::support::child_process::die_with_parent;

/// Makes the cluster beside its place and renames it, so that a crash leaves either all of it or none.
///
/// The caller holds the lock. Blocks for about a second.
pub(super) fn create(
    layout: &Layout,
    binaries: &Binaries,
    password: &SecretString,
    durability: Durability,
) -> Result<(), ManagedError> {
    let new = layout.root.join("data.new");
    // What a start that was interrupted left.
    if new.exists() {
        std::fs::remove_dir_all(&new).map_err(ManagedError::file("remove", &new))?;
    }
    std::fs::DirBuilder::new()
        .mode(0o700)
        .create(&new)
        .map_err(ManagedError::file("create the directory", &new))?;
    layout.user.own(&new)?;
    // initdb reads it as the server's user, so the file that stays is not the one it reads.
    let password_file = layout.root.join("initdb-password");
    private_file(&password_file, password.expose_secret())?;
    let output = layout.user.own(&password_file).and_then(|()| {
        let program = binaries.program("initdb");
        let mut command = layout.user.command(&program);
        command
            .arg("--pgdata")
            .arg(&new)
            .arg("--pwfile")
            .arg(&password_file)
            .args(["--username", BOOTSTRAP, "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums"])
            .args(["--auth-local=scram-sha-256", "--auth-host=scram-sha-256"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if durability == Durability::None {
            command.arg("--no-sync");
        }
        die_with_parent(&mut command, Signal::KILL);
        command.output().map_err(|source| ManagedError::Spawn { program, source })
    });
    let removed = std::fs::remove_file(&password_file);
    let Output { status, stdout, stderr } = output?;
    removed.map_err(ManagedError::file("remove", &password_file))?;
    if !status.success() {
        let output =
            [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).trim().to_owned()).join("\n");
        return Err(ManagedError::Initdb { status, output });
    }
    std::fs::rename(&new, &layout.data).map_err(ManagedError::file("create", &layout.data))?;
    layout.sync()
}
