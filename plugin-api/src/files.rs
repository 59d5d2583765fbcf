//! Files that the host keeps for the plugin.

use crate::contract::services::{FilesInput, FilesOutput};
use crate::{Host, PluginError};

/// The plugin's own folder.
///
/// A name has parts of letters, digits, `.`, `_` and `-` with `/` between them, none of which begins with a
/// dot: `exports/2026-07.csv`. Folders come with the files in them, and go with the last one.
///
/// Files do not roll back with the transaction, and are on one host alone: what several hosts or a backup are
/// to have belongs into the database, as `bytea` or a large object.
#[derive(Debug)]
pub struct Files<'a> {
    host: &'a Host<'a>,
}

/// A file of the plugin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredFile {
    /// The name, as it was written under.
    pub name: String,
    /// How many bytes it has.
    pub size: u64,
}

impl<'a> Host<'a> {
    /// The files that the host keeps for this plugin, within the quota that the operator sets.
    pub fn files(&'a self) -> Files<'a> {
        Files { host: self }
    }
}

impl Files<'_> {
    /// The content of a file.
    ///
    /// # Errors
    ///
    /// `file_not_found` if it is not there, `bad_file_name`, `file_failed`.
    pub fn read(&self, name: &str) -> Result<Vec<u8>, PluginError> {
        self.ask(&FilesInput::Read { name: name.to_owned() }, &[]).map(|(_, content)| content)
    }

    /// Writes a file, whole: whoever reads it finds what was there before, or all of this.
    ///
    /// # Errors
    ///
    /// `files_full` if the quota does not allow it, `bad_file_name`, `file_failed`.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), PluginError> {
        self.ask(&FilesInput::Write { name: name.to_owned() }, content).map(drop)
    }

    /// Takes a file away.
    ///
    /// # Errors
    ///
    /// `file_not_found` if it is not there, `bad_file_name`, `file_failed`.
    pub fn delete(&self, name: &str) -> Result<(), PluginError> {
        self.ask(&FilesInput::Delete { name: name.to_owned() }, &[]).map(drop)
    }

    /// All files, in the order of their names.
    ///
    /// # Errors
    ///
    /// `file_failed`.
    pub fn list(&self) -> Result<Vec<StoredFile>, PluginError> {
        let (output, _) = self.ask(&FilesInput::List, &[])?;
        Ok(output.files.into_iter().map(|(name, size)| StoredFile { name, size }).collect())
    }

    fn ask(&self, input: &FilesInput, content: &[u8]) -> Result<(FilesOutput, Vec<u8>), PluginError> {
        self.host.service("files", input, content)
    }
}
