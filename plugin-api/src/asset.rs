//! The files of a plugin's pages.

use crate::contract::RequestV1;
use crate::{PluginError, Response};

/// A file that `export_plugin!` has embedded.
#[doc(hidden)]
#[derive(Debug)]
pub struct EmbeddedAsset {
    pub path: &'static str,
    pub bytes: &'static [u8],
}

/// The file that a call asks for. No code of the plugin's author runs for it.
pub(crate) fn answer(request: &RequestV1<'_>, assets: &[EmbeddedAsset]) -> Result<Response, PluginError> {
    let path = request.path.as_str();
    let found = assets.iter().find(|asset| asset.path == path);
    let asset = found.ok_or_else(|| PluginError::not_found(format!("there is no file {path}")))?;
    Ok(Response::bytes(200, "application/octet-stream", asset.bytes.to_vec()))
}
