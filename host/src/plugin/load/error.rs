//! Errors as a plugin is handed them.

use abi_stable::std_types::RString;
use tenon_plugin_api::contract::ErrorV1;

use super::data_refusal;
use super::failure::{self, Fault};
use crate::database::unavailable::{self, DbFailure};
use crate::support::errors::chain;

/// An error of the host's, which it remembers for the call.
pub(super) fn error(fault: Fault, status: u16, message: &str) -> ErrorV1 {
    failure::note(fault);
    ErrorV1 {
        code: fault.word().into(),
        status,
        message: message.into(),
        detail: RString::new(),
        sqlstate: RString::new(),
    }
}

/// What the server said to a statement of the plugin.
pub(super) fn sql_error(source: &tokio_postgres::Error) -> ErrorV1 {
    if unavailable::ends_session(source) {
        return error(Fault::DatabaseLost, 503, &chain(source));
    }
    failure::note(Fault::Sql);
    let failure = DbFailure::find(source);
    let message = failure.as_ref().map_or_else(|| chain(source), |failure| failure.message.clone());
    let detail = failure.as_ref().and_then(|failure| serde_json::to_string(failure).ok());
    ErrorV1 {
        code: Fault::Sql.word().into(),
        status: failure.as_ref().map_or(500, |failure| data_refusal::status_of(&failure.sqlstate)),
        message: message.into(),
        detail: detail.unwrap_or_default().into(),
        sqlstate: failure.map(|failure| failure.sqlstate).unwrap_or_default().into(),
    }
}
