//! Windows has no way to open a file beneath a folder and nowhere else: plugins have no files there.

use tokio::runtime::Handle;

use crate::config::Config;
use crate::plugin::load::{Service, ServiceCall, ServiceError};
use crate::support::error_code::ErrorCode;

/// Keeps no files.
#[derive(Debug)]
pub(super) struct FilesService;

impl FilesService {
    pub(super) fn new(_: &Config, _: Handle) -> Self {
        Self
    }
}

impl Service for FilesService {
    fn name(&self) -> &'static str {
        "files"
    }

    fn ask(&self, _: &ServiceCall<'_>, _: &[u8]) -> Result<Vec<u8>, ServiceError> {
        Err(ServiceError::new(ErrorCode::FileFailed, 501, "a host on Windows keeps no files for plugins"))
    }
}
