//! `files`: a folder of its own for each plugin, within a quota.
//!
//! Names are made of what `name.rs` allows. From the folder on each part is opened by itself, and no symbolic
//! link is followed, so that whoever else can write there leads nobody out of it. A file is written beside
//! its place and moved there, so that it is there whole or as it was. Hosts of one machine that share a
//! folder write to it one after the other (`folder_lock.rs`), so that the quota holds for all together.

mod error;
mod folder;
mod folder_lock;
mod name;

use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::time::Instant;

use tenon_plugin_api::contract::services::{FilesInput, FilesOutput};
use tokio::runtime::Handle;

use self::error::FolderError;
use self::folder::Folder;
use self::name::FileName;
use super::{input, output, wait};
use crate::config::Config;
use crate::plugin::load::{Service, ServiceCall, ServiceError};
use crate::support::error_code::ErrorCode;
use crate::support::errors::chain;

/// Keeps files for plugins.
#[derive(Debug)]
pub(super) struct FilesService {
    root: PathBuf,
    quota: u64,
    runtime: Handle,
}

impl FilesService {
    pub(super) fn new(config: &Config, runtime: Handle) -> Self {
        Self { root: config.plugins.files.clone(), quota: config.plugins.files_quota, runtime }
    }
}

impl Service for FilesService {
    fn name(&self) -> &'static str {
        "files"
    }

    fn ask(&self, call: &ServiceCall<'_>, whole: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let (asked, content): (FilesInput, _) = input(whole)?;
        let (root, quota, plugin) = (self.root.clone(), self.quota, call.plugin.clone());
        let (content, until) = (content.to_vec(), call.deadline);
        let (tell, told) = mpsc::sync_channel(1);
        let work = move || {
            let done =
                Folder::of(&root, &plugin, quota).and_then(|folder| run(&folder, &asked, &content, until));
            let _ = tell.send(done.map_err(ServiceError::from));
        };
        // A thread that this one began would be as confined as it is.
        self.runtime.spawn(async move { drop(tokio::task::spawn_blocking(work)) });
        let (answer, content) = wait(call.deadline, &told)?;
        output(&answer, &content)
    }
}

fn run(
    folder: &Arc<Folder>,
    asked: &FilesInput,
    content: &[u8],
    until: Instant,
) -> Result<(FilesOutput, Vec<u8>), FolderError> {
    let nothing = FilesOutput::default();
    Ok(match asked {
        FilesInput::Read { name } => (nothing, folder.read(&FileName::of(name)?)?),
        FilesInput::Write { name } => {
            folder.write(&FileName::of(name)?, content, until)?;
            (nothing, Vec::new())
        }
        FilesInput::Delete { name } => {
            folder.delete(&FileName::of(name)?, until)?;
            (nothing, Vec::new())
        }
        FilesInput::List => (FilesOutput { files: folder.list()? }, Vec::new()),
    })
}

impl From<FolderError> for ServiceError {
    fn from(error: FolderError) -> Self {
        let (code, status) = match &error {
            FolderError::BadName { .. } => (ErrorCode::BadFileName, 500),
            FolderError::NotFound { .. } => (ErrorCode::FileNotFound, 404),
            FolderError::Full { .. } | FolderError::TooMany { .. } => (ErrorCode::FilesFull, 507),
            FolderError::Locked {} | FolderError::Failed(_) => (ErrorCode::FileFailed, 500),
        };
        Self::new(code, status, chain(&error))
    }
}
