//! From checked bytes to the contract. The types of the border end in this folder.
//!
//! What is loaded is a sealed in-memory copy, so that nobody can change it between the check and the run,
//! or under a running host. On Windows it is the file itself, which nobody else may write to or remove
//! while it is loaded (`library.rs`). A library is never unloaded: its threads and statics may outlive any
//! handle.
//!
//! `plugin-api/src/contract/` has the generations of the contract, each frozen. abi_stable types and checks
//! behaviour when a library is loaded; data describes itself (JSON; type OIDs with bytes). So nothing there
//! ever has to grow: a change is a new generation under a new symbol. A snapshot test of the layout fails
//! when one changes. What a host can do besides is a service (`services.rs`), which needs no generation. The
//! suite `frozen` loads, heals and calls a plugin built with the SDK of the day it was frozen
//! (`tests/frozen/v1`). `plugin-api/CONTRACT.md` says what abi_stable is used for and what it costs.
//!
//! Texts are bytes until this folder has looked at them (`text.rs`). What a plugin returns is copied into
//! host values on the plugin's own thread, because dropping a plugin's string runs the plugin's code.
//! Panics are caught inside the plugin, by code that `export_plugin!` compiles into it.
//!
//! A connection is lent by a slot that stays where it is for as long as the process lives (`borrow.rs`). A
//! handle that was kept finds it empty, and the host can take the connection back from a thread that hangs.
//! Who has it is one state (`lease.rs`): held, returned or revoked. A test goes through all orders in which
//! the plugin's thread and the host can come to it (`all_orders.rs`).
//!
//! What went wrong in a call the host notes itself (`failure.rs`). A plugin's own error code is passed on
//! to whoever asked, and decides nothing. Rows are counted while they come (`row_buffer.rs`): what is too
//! much costs the call its connection, since the server would go on sending.
#[cfg(test)]
mod all_orders;
mod borrow;
mod calling;
mod data_refusal;
mod db;
mod entries;
mod error;
mod failure;
mod lease;
mod lent_connection;
mod library;
mod module;
mod plugin_event;
mod plugin_host;
mod plugin_request;
mod relay;
mod row_buffer;
mod sending;
mod services;
mod slot;
mod text;

/// The parts of `std::sync` in whose place a test of all orders takes others.
mod sync {
    pub(crate) use std::sync::{Mutex, MutexGuard, atomic};
}

pub use borrow::{BorrowedConnection, CallState, Traces};
pub use calling::{CallFrame, CallService, Callees, FunctionCall, FunctionError, LentOn};
pub use data_refusal::DataRefusal;
pub use entries::Generation;
pub use failure::{CallFailure, Fault};
pub use lent_connection::LentConnection;
pub use module::{Answer, DecodedDescriptors, Embedded, Module, PluginArtifacts, decode_descriptors};
pub use plugin_host::PluginHost;
pub use plugin_request::{PluginRequest, RequestLine, RoutedRequest};
pub use relay::Relay;
pub use services::{Service, ServiceCall, ServiceError, Services};
pub use slot::{ConnectionSlot, with_lease};
pub use tenon_plugin_api::contract::Vocabulary;

use std::alloc::Layout;

use abi_stable::library::{LibHeader, LibraryError};

use library::{Held, NotOpened, hold, open};

use crate::plugin::inspect::Inspected;
use crate::plugin::problem::{Problem, ProblemCode};

/// What has to be at the contract's symbol, at least.
pub const ENTRY: Layout = Layout::new::<LibHeader>();

/// A library's bytes, which nobody can write to any more.
#[derive(Debug)]
pub struct Sealed(Held);

impl Sealed {
    /// Holds the bytes that were inspected. A plugin's own thread may not do that.
    pub fn new(inspected: &Inspected) -> Result<Self, Problem> {
        hold(inspected).map(Self).map_err(|error| {
            let reason = format!("no sealed copy of the file could be made: {error}");
            Problem::new(
                ProblemCode::NotSealed,
                reason,
                "see whether the machine is out of memory or file descriptors",
            )
        })
    }
}

/// Opens the library and checks its layout. Runs the library's constructors: call it on the plugin's thread.
pub fn load(sealed: Sealed, generation: Generation) -> Result<Module, Problem> {
    let header = open(sealed.0, generation.symbol()).map_err(|failed| match failed {
        NotOpened::Refused(reason) => {
            let reason = format!("the system's loader refused it: {reason}");
            Problem::new(
                ProblemCode::NotLoadable,
                reason,
                "install what is missing, or rebuild the plugin on this system",
            )
        }
        NotOpened::NoSymbol(reason) => {
            let reason = format!("its symbol {} cannot be found: {reason}", generation.symbol());
            Problem::new(ProblemCode::NoSymbol, reason, "rebuild the plugin with export_plugin!")
        }
    })?;
    generation.entries(header).map(Module::new).map_err(|error| layout_problem(&error))
}

/// abi_stable describes a mismatch in hundreds of lines: one for the operator, the rest for who asks.
fn layout_problem(error: &LibraryError) -> Problem {
    let (code, reason) = match error {
        LibraryError::IncompatibleVersionNumber { .. } => {
            (ProblemCode::ContractVersion, "its contract crate has an incompatible version")
        }
        LibraryError::AbiInstability(_) => {
            (ProblemCode::LayoutMismatch, "its contract types have another layout")
        }
        LibraryError::InvalidAbiHeader(_) | LibraryError::InvalidCAbi { .. } => {
            (ProblemCode::AbiMismatch, "it was built with an incompatible version of abi_stable")
        }
        LibraryError::RootModule { .. } => {
            (ProblemCode::ConstructorFailed, "its root module could not be made")
        }
        _ => (ProblemCode::LayoutMismatch, "its contract could not be read"),
    };
    let remedy = "rebuild the plugin with a released tenon-plugin-api 1.x";
    Problem { explanation: Some(error.to_string()), ..Problem::new(code, reason, remedy) }
}
