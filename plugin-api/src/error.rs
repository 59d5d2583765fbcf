//! The one error type of the SDK.

use std::borrow::Cow;
use std::fmt::Display;

use abi_stable::std_types::RString;

use crate::contract::ErrorV1;

/// Why a plugin could not do what was asked: becomes the HTTP answer, and rolls the call's transaction back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct PluginError {
    status: u16,
    code: Cow<'static, str>,
    message: String,
    detail: String,
    sqlstate: Option<String>,
}

impl PluginError {
    /// An error with an HTTP status, a stable word for machines and a text for people.
    pub fn new(status: u16, code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), detail: String::new(), sqlstate: None }
    }

    /// 400: the request makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// 403: not for this user.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "forbidden", message)
    }

    /// 404: there is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "not_found", message)
    }

    /// 409: it contradicts what is there.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(409, "conflict", message)
    }

    /// 500: the plugin itself is at fault.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "internal", message)
    }

    /// The error with more for machines, as JSON text.
    #[must_use]
    pub fn with_detail(mut self, json: impl Into<String>) -> Self {
        self.detail = json.into();
        self
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The stable word for machines.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// What happened, for people.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// More, as JSON text; empty when there is no more.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// PostgreSQL's five-letter code, when the database refused the statement: `23505` is a duplicate key.
    pub fn sqlstate(&self) -> Option<&str> {
        self.sqlstate.as_deref()
    }

    /// Whether the database refused a duplicate (SQLSTATE 23505).
    pub fn is_duplicate(&self) -> bool {
        self.sqlstate() == Some("23505")
    }

    /// Whether the database refused a reference to a row that is not there, or the removal of one that is
    /// referred to (SQLSTATE 23503).
    pub fn is_missing_reference(&self) -> bool {
        self.sqlstate() == Some("23503")
    }

    /// Whether a check constraint refused the value (SQLSTATE 23514).
    pub fn is_check_violation(&self) -> bool {
        self.sqlstate() == Some("23514")
    }

    /// A bad request out of an error and what was being read.
    pub(crate) fn unreadable(what: impl Display, error: impl Display) -> Self {
        Self::bad_request(format!("{what} cannot be read: {error}"))
    }
}

impl From<ErrorV1> for PluginError {
    fn from(error: ErrorV1) -> Self {
        let sqlstate = error.sqlstate.into_string();
        Self {
            status: error.status,
            code: error.code.into_string().into(),
            message: error.message.into_string(),
            detail: error.detail.into_string(),
            sqlstate: (!sqlstate.is_empty()).then_some(sqlstate),
        }
    }
}

impl From<PluginError> for ErrorV1 {
    fn from(error: PluginError) -> Self {
        Self {
            code: RString::from(error.code.into_owned()),
            status: error.status,
            message: RString::from(error.message),
            detail: RString::from(error.detail),
            sqlstate: RString::from(error.sqlstate.unwrap_or_default()),
        }
    }
}
