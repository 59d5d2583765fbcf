use clap::Args;

use super::app::App;
use super::exit::Exit;
use super::failure::Failure;
use crate::admin::openapi_document;
use crate::report::json;

/// Print the OpenAPI document of the HTTP API
///
/// The same document is served at /api/v1/openapi.json. Opens no plugin and no database.
#[derive(Debug, Args)]
pub(super) struct Openapi {}

impl Openapi {
    pub(crate) fn run(self, app: &App) -> Result<Exit, Failure> {
        app.terminal.data(&json::whole(&openapi_document()));
        Ok(Exit::Done)
    }
}
