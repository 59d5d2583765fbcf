//! What a plugin can ask of the host besides its log and its database: services, by their names.
//!
//! A service is asked on the plugin's thread, within a call, and has what is left of that call's time. That
//! thread is confined: it can neither connect nor open a file. So a service does its work where the host's
//! own work is done, and lets the plugin's thread wait.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use abi_stable::std_types::RString;
use tenon_migrations_core::migration::PluginId;
use tenon_plugin_api::contract::ErrorV1;

use super::failure::{self, Fault};
use super::slot::{self, ConnectionSlot};
use crate::support::error_code::ErrorCode;

/// A service of the host.
pub trait Service: fmt::Debug + Send + Sync {
    /// The name by which plugins ask for it.
    fn name(&self) -> &'static str;

    /// Does what a plugin asks for, on its thread. The call's time bounds it.
    fn ask(&self, call: &ServiceCall<'_>, input: &[u8]) -> Result<Vec<u8>, ServiceError>;
}

/// The call in which a service is asked.
#[derive(Debug, Clone, Copy)]
pub struct ServiceCall<'a> {
    /// The plugin that asks.
    pub plugin: &'a PluginId,
    /// When the call's time is used up.
    pub deadline: Instant,
    /// The connection that the call has borrowed; none while the plugin is loaded or ended.
    pub connection: Option<&'static ConnectionSlot>,
}

/// Why a service did not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ServiceError {
    pub code: ErrorCode,
    pub status: u16,
    pub message: String,
}

impl ServiceError {
    pub fn new(code: ErrorCode, status: u16, message: impl Into<String>) -> Self {
        Self { code, status, message: message.into() }
    }

    /// The call has no time left.
    pub fn deadline() -> Self {
        Self::new(ErrorCode::Deadline, 504, "the call's time is used up")
    }
}

impl From<ServiceError> for ErrorV1 {
    fn from(error: ServiceError) -> Self {
        failure::note(Fault::Service(error.code));
        Self {
            code: error.code.as_str().into(),
            status: error.status,
            message: error.message.into(),
            detail: RString::new(),
            sqlstate: RString::new(),
        }
    }
}

/// The services that a host has.
#[derive(Debug, Clone, Default)]
pub struct Services(Arc<[Arc<dyn Service>]>);

impl Services {
    pub fn new(services: impl IntoIterator<Item = Arc<dyn Service>>) -> Self {
        Self(services.into_iter().collect())
    }

    /// Has a service do what the plugin asks for in the call that this thread is in.
    pub(super) fn ask(&self, plugin: &PluginId, name: &str, input: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let Some(service) = self.0.iter().find(|service| service.name() == name) else {
            let message = format!("this host has no service {name:?}: a newer one may have it");
            return Err(ServiceError::new(ErrorCode::NoService, 501, message));
        };
        let Some((deadline, connection)) = slot::current() else {
            let message = "a service was asked on another thread than the call's, or after it";
            return Err(ServiceError::new(ErrorCode::OtherThread, 500, message));
        };
        if deadline <= Instant::now() {
            return Err(ServiceError::deadline());
        }
        service.ask(&ServiceCall { plugin, deadline, connection }, input)
    }
}
