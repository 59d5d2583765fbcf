//! A function of another plugin, called in the caller's transaction.
//!
//! The caller's thread waits meanwhile, and the other plugin's own thread has the connection: the same
//! session, in the same transaction, until the caller's deadline. Who may call whom, and what comes of it,
//! the host decides (`host/calls.rs`).

use std::cell::RefCell;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Instant;

use serde::Deserialize;
use serde_json::json;
use tenon_migrations_core::migration::PluginId;
use tenon_plugin_api::contract::{ErrorV1, services};

use super::borrow::BorrowedConnection;
use super::services::{Service, ServiceCall, ServiceError};
use super::slot::{ConnectionSlot, with_slot};
use crate::config::CallBounds;
use crate::plugin::caller::KnownCaller;
use crate::plugin::emitted::EmittedEvents;
use crate::support::error_code::ErrorCode;

/// The host, where it decides about calls from plugin to plugin, and makes them.
pub trait Callees: Send + Sync {
    /// Has a function called. The plugin's own error is an answer, too.
    fn call_function(&self, asked: FunctionCall<'_>) -> Result<Result<Vec<u8>, FunctionError>, ServiceError>;
}

/// A function's own error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionError {
    pub status: u16,
    pub code: String,
    pub message: String,
}

/// What one plugin wants of another.
#[derive(Debug)]
pub struct FunctionCall<'a> {
    /// The call in which it is wanted.
    pub frame: &'a CallFrame,
    /// The plugin that wants it.
    pub by: &'a PluginId,
    pub plugin: &'a str,
    pub function: &'a str,
    pub input: &'a [u8],
    pub deadline: Instant,
    pub connection: &'static ConnectionSlot,
}

/// What a call is part of, for those that it makes.
#[derive(Clone)]
pub struct CallFrame {
    /// The plugins that have called each other, the first one first. The last is the one that runs.
    pub chain: Vec<PluginId>,
    /// The caller of the route.
    pub caller: Option<Arc<KnownCaller>>,
    pub request_id: String,
    pub callees: Weak<dyn Callees>,
}

impl fmt::Debug for CallFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallFrame").field("chain", &self.chain).finish_non_exhaustive()
    }
}

thread_local! {
    /// The call that this thread is in, where it may call others.
    static FRAME: RefCell<Option<Arc<CallFrame>>> = const { RefCell::new(None) };
}

/// Makes a call on this thread that is part of this.
pub(super) fn within<T>(frame: Option<&Arc<CallFrame>>, call: impl FnOnce() -> T) -> T {
    FRAME.replace(frame.cloned());
    let done = call();
    FRAME.take();
    done
}

/// The service by which a plugin has functions of others called.
#[derive(Debug, Clone, Copy)]
pub struct CallService;

/// What stands in front of the input.
#[derive(Deserialize)]
struct Asked {
    plugin: String,
    function: String,
}

impl Service for CallService {
    fn name(&self) -> &'static str {
        "call"
    }

    fn ask(&self, call: &ServiceCall<'_>, input: &[u8]) -> Result<Vec<u8>, ServiceError> {
        let refused = |message: &str| ServiceError::new(ErrorCode::CallRefused, 500, message);
        let (head, input) = services::split(input);
        let asked: Asked = serde_json::from_slice(head)
            .map_err(|_| refused("what was asked of the service call cannot be read"))?;
        let frame = FRAME.with_borrow(Clone::clone);
        let callees = frame.as_ref().and_then(|frame| frame.callees.upgrade());
        let (Some(frame), Some(callees), Some(connection)) = (frame, callees, call.connection) else {
            return Err(refused(
                "a function of another plugin is called within a call, by a plugin that requires that one",
            ));
        };
        let done = callees.call_function(FunctionCall {
            frame: &frame,
            by: call.plugin,
            plugin: &asked.plugin,
            function: &asked.function,
            input,
            deadline: call.deadline,
            connection,
        })?;
        let (head, output) = match done {
            Ok(output) => (json!({}), output),
            Err(FunctionError { status, code, message }) => {
                (json!({ "error": { "status": status, "code": code, "message": message } }), Vec::new())
            }
        };
        services::join(&head, &output)
            .map_err(|error| ServiceError::new(ErrorCode::InternalError, 500, error.to_string()))
    }
}

/// A connection that a call has borrowed, lent on to another plugin's thread.
pub struct LentOn {
    borrowed: BorrowedConnection,
}

impl fmt::Debug for LentOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LentOn").finish_non_exhaustive()
    }
}

impl BorrowedConnection {
    /// A borrow of what this one has, for another thread.
    fn again(&self) -> Self {
        let (lent, emitted) = (Arc::clone(&self.lent), Arc::clone(&self.emitted));
        Self { lent, emitted, function: self.function.clone(), ..*self }
    }

    /// A borrow of what this one has, for a function of another plugin, which emits its own events.
    fn for_function(&self, function: Arc<str>, emitted: Arc<EmittedEvents>) -> Self {
        Self { emitted, function: Some(function), ..self.again() }
    }
}

impl ConnectionSlot {
    /// Lends what lies here on; called on the thread that has borrowed it.
    pub fn lend_on(&self) -> Result<LentOn, ServiceError> {
        self.with(|borrowed| Ok(LentOn { borrowed: borrowed.again() })).map_err(|error| told(&error))
    }
}

impl LentOn {
    /// Does something about the transaction, for the host.
    pub fn control(&self, sql: &str) -> Result<(), ServiceError> {
        self.borrowed.control(sql).map_err(|error| told(&error))
    }

    /// How much time there is, and how large an answer may be.
    pub fn bounds(&self) -> CallBounds {
        self.borrowed.bounds
    }

    /// Hands the connection to the plugin whose thread this is, for one call of a function.
    pub fn with<T>(
        &self,
        function: &Arc<str>,
        emitted: Arc<EmittedEvents>,
        call: impl FnOnce(&ConnectionSlot) -> T,
    ) -> T {
        with_slot(self.borrowed.for_function(Arc::clone(function), emitted), call)
    }
}

fn told(error: &ErrorV1) -> ServiceError {
    ServiceError::new(ErrorCode::CallRefused, error.status, error.message.to_string())
}
