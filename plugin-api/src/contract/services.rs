//! What goes to the services of the host and comes back: one line of JSON, with bytes behind it.

use serde::{Deserialize, Serialize};

/// To `fetch`, with the body behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchInput {
    pub method: String,
    pub url: String,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// How long it may take; without it as long as the host lets it.
    #[serde(default)]
    pub timeout_ms: Option<u64>,
}

/// From `fetch`, with the body behind it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FetchOutput {
    pub status: u16,
    #[serde(default)]
    pub headers: Vec<(String, String)>,
}

/// To `files`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum FilesInput {
    /// Gives the content behind the answer.
    Read {
        name: String,
    },
    /// Puts what stands behind it in the place of what the file has.
    Write {
        name: String,
    },
    Delete {
        name: String,
    },
    List,
}

/// From `files`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FilesOutput {
    /// The names of the files with their sizes, if they were asked for.
    #[serde(default)]
    pub files: Vec<(String, u64)>,
}

/// Takes apart what goes to a service, or comes from it.
pub fn split(whole: &[u8]) -> (&[u8], &[u8]) {
    let end = whole.iter().position(|byte| *byte == b'\n').unwrap_or(whole.len());
    (&whole[..end], whole.get(end + 1..).unwrap_or_default())
}

/// Puts it together.
///
/// # Errors
///
/// If the head has no JSON form.
pub fn join(head: &impl Serialize, bytes: &[u8]) -> serde_json::Result<Vec<u8>> {
    let mut whole = serde_json::to_vec(head)?;
    whole.push(b'\n');
    whole.extend_from_slice(bytes);
    Ok(whole)
}
