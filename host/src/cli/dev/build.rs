//! Building the crate, with cargo's own messages.

use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::process::Process;
use crate::author::built::{PluginCrate, cargo};

/// What came of a build.
#[derive(Debug)]
pub(super) enum Built {
    Library(PathBuf),
    /// Cargo has said why.
    Failed,
}

/// Builds the library. What cargo says goes to standard error.
pub(super) async fn build(plugin: &PluginCrate, release: bool) -> io::Result<Built> {
    let mut command = Command::new(cargo());
    command.args(["build", "--lib", "--quiet", "--manifest-path"]).arg(plugin.folder.join("Cargo.toml"));
    if release {
        command.arg("--release");
    }
    let built = Process::spawn(command.stdin(Stdio::null()).stdout(Stdio::null()))?.ended().await?;
    let profile = if release { "release" } else { "debug" };
    Ok(if built.success() {
        Built::Library(plugin.target.join(profile).join(plugin.file_name()))
    } else {
        Built::Failed
    })
}
