//! The trait that makes a type a plugin.

use crate::{Connection, Host, PluginError, Request, Response};

/// A plugin: a value without state of its own, or with state that several threads may use at once.
///
/// A panic in any of these comes back to the host as an error with the code `panic`.
pub trait Plugin: Send + Sync + 'static {
    /// What [`routes!`](crate::routes!) declares; nobody writes it by hand.
    #[doc(hidden)]
    const ROUTES: &'static str = "";

    /// Called once, before the first request. There is no database here: its tables may not exist yet.
    ///
    /// # Errors
    ///
    /// An error keeps the plugin from serving; the host shows its message.
    fn init(&self, host: &Host<'_>) -> Result<(), PluginError> {
        let _ = host;
        Ok(())
    }

    /// Answers one request. All that it does with the database is one transaction: `Ok` commits it, an error
    /// or a panic rolls it back. The connection is lent; it cannot be kept.
    ///
    /// [`routes!`](crate::routes!) writes it.
    ///
    /// # Errors
    ///
    /// The error becomes the HTTP answer.
    fn handle(&self, request: &Request<'_>, db: &Connection<'_>) -> Result<Response, PluginError>;

    /// Called once, after the last request.
    ///
    /// # Errors
    ///
    /// The host logs it.
    fn shutdown(&self, host: &Host<'_>) -> Result<(), PluginError> {
        let _ = host;
        Ok(())
    }
}
