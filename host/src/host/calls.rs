//! Calls from plugin to plugin: who may call what, and what comes of it.
//!
//! A plugin calls a function that another one offers, which it requires. What the function does is part of
//! the caller's transaction, with a savepoint around it: an error of the function takes back what the
//! function did, and nothing else. The plugin that is called answers on its own threads, within its own queue
//! and limits, and what it does is counted as its own: requests, panics, threads that hang. Plugins require
//! each other in no circle, so that none waits for one that waits for it.
//!
//! With login roles the session takes the role of the plugin that is called, and goes back to the former one
//! behind it. So the caller's role may become the other one, also where SQL of the caller's own says so:
//! `SECURITY.md` says what follows. Which plugin acts, the host says by a cursor whose text no SQL can have;
//! `tenon.emit` looks at it (`host/migrations/0010_called.sql`).

use std::sync::{Arc, Weak};
use std::time::Instant;

use bytes::Bytes;
use tenon_migrations_core::migration::PluginId;
use tenon_schema::Ident;

use super::Tenon;
use crate::host::counters::Asked;
use crate::plugin::functions::OfferedFunction;
use crate::plugin::load::{
    Answer, CallFrame, Callees, Fault, FunctionCall, FunctionError, PluginRequest, RequestLine,
    RoutedRequest, ServiceError,
};
use crate::plugin::registry::{Library, Registered};
use crate::plugin::runtime::{CallError, call_onward};
use crate::support::error_code::ErrorCode;

/// How many plugins call each other in one call, the first one among them.
const DEPTH: usize = 8;

/// What is said to the server around a function. The savepoint, and what tells whose function it is, have
/// names that say how deep it is called.
#[derive(Debug)]
struct Acting {
    /// Makes the savepoint, and takes the role of the plugin that is called, where there are roles.
    begin: String,
    /// Goes back to the former role, and keeps what was done.
    end: String,
    undo: String,
}

impl Tenon {
    /// What a call of this plugin is part of, if it may call functions of others.
    pub(super) fn frame(&self, registered: &Registered, request: &PluginRequest) -> Option<Arc<CallFrame>> {
        let myself = self.myself.get()?.clone();
        let callees: Weak<dyn Callees> = myself;
        (!registered.info.requires.is_empty()).then(|| {
            Arc::new(CallFrame {
                chain: vec![registered.info.id.clone()],
                caller: request.caller().cloned(),
                request_id: request.line().request_id.to_owned(),
                callees,
            })
        })
    }

    /// The plugin that is called, its library and the function, if this call of it is allowed.
    fn callee(
        &self,
        asked: &FunctionCall<'_>,
    ) -> Result<(&Registered, &Library, &OfferedFunction), ServiceError> {
        let FunctionCall { by, plugin, function, frame, .. } = *asked;
        let refused = |message| Err(ServiceError::new(ErrorCode::CallRefused, 500, message));
        if !self.registry.plugins.get(by).is_some_and(|one| one.info.requires.contains_key(plugin)) {
            return refused(format!("{by} does not require {plugin}, and so calls none of its functions"));
        }
        let names: Vec<_> = frame.chain.iter().map(PluginId::as_str).collect();
        let chain = names.join(" -> ");
        if names.contains(&plugin) {
            return refused(format!("calls go in a circle: {chain} -> {plugin}"));
        }
        if names.len() >= DEPTH {
            return refused(format!("calls go deeper than {DEPTH} plugins: {chain} -> {plugin}"));
        }
        self.answers(plugin)?;
        let callee = self.registry.plugins.get(plugin);
        let Some((registered, library)) = callee.and_then(|callee| Some((callee, callee.library.as_ref()?)))
        else {
            return refused(format!("there is no plugin {plugin}"));
        };
        let Some(found) = library.functions.find(function) else {
            let offered: Vec<_> = library.functions.all().iter().map(|one| one.name.as_str()).collect();
            let offered = if offered.is_empty() { "none".to_owned() } else { offered.join(", ") };
            return refused(format!("{plugin} offers no function {function}; it offers {offered}"));
        };
        Ok((registered, library, found))
    }

    /// What is said to the server before and behind a function.
    fn acting(&self, asked: &FunctionCall<'_>, callee: &PluginId) -> Result<Acting, ServiceError> {
        let (by, chain) = (asked.by, &asked.frame.chain);
        let savepoint = format!("tenon_call_{}", chain.len());
        let undo = format!("ROLLBACK TO SAVEPOINT {savepoint}; RELEASE SAVEPOINT {savepoint}");
        let (begin, end) = (format!("SAVEPOINT {savepoint}"), format!("RELEASE SAVEPOINT {savepoint}"));
        let Some(roles) = self.roles() else { return Ok(Acting { begin, end, undo }) };
        let Some(role) = roles.called_as(by, callee) else {
            let message = format!(
                "plugins have login roles here, and routes of {callee} may change its schemas (plugins.ddl): whoever \
                 can become its role could do so, too, and so nobody calls its functions"
            );
            return Err(ServiceError::new(ErrorCode::CallRefused, 500, message));
        };
        let former = chain.iter().nth_back(1).and_then(|former| roles.called_as(former, by));
        let back = former.map_or("RESET ROLE".to_owned(), |role| format!("SET LOCAL ROLE {}", role.quoted()));
        let cursor = Ident::from(format!("tenon.call.{}", chain.len())).quoted();
        let role = role.quoted();
        Ok(Acting {
            begin: format!("{begin}; SET LOCAL ROLE {role}; DECLARE {cursor} NO SCROLL CURSOR FOR SELECT"),
            end: format!("CLOSE {cursor}; {back}; {end}"),
            undo,
        })
    }

    /// Looks whether a plugin answers, on a thread of the host's: this one is a plugin's, and opens no file.
    fn answers(&self, plugin: &str) -> Result<(), ServiceError> {
        let nobody = || ServiceError::new(ErrorCode::CallRefused, 500, "the host has ended");
        let myself = self.myself.get().and_then(Weak::upgrade).ok_or_else(nobody)?;
        let reach = self.database.as_ref().ok_or_else(nobody)?;
        let (runtime, asked) = (reach.pools.pool().manager().runtime(), plugin.to_owned());
        let looked = runtime.spawn(async move {
            myself.serving(&asked).map(drop).map_err(|error| {
                ServiceError::new(error.kind(), error.status(), format!("{asked} cannot be called: {error}"))
            })
        });
        runtime.block_on(looked).unwrap_or_else(|_| Err(nobody()))
    }

    /// Counts what came of a function, and strikes its plugin for a panic.
    fn account(&self, asked: Asked, answer: &Result<Answer, CallError>, began: Instant) {
        let refused = match answer {
            Ok(answer) => answer.refused,
            Err(CallError::Plugin(failure)) => failure.refused,
            Err(_) => 0,
        };
        let panicked = match answer {
            Err(CallError::Plugin(failure)) if failure.fault == Some(Fault::Panicked) => {
                Some(failure.message.clone())
            }
            _ => None,
        };
        let plugin = Arc::clone(&asked.plugin);
        self.metrics.count(Asked { refused, ..asked }, answer, began.elapsed());
        let (Some(message), Some(myself), Some(reach)) =
            (panicked, self.myself.get().and_then(Weak::upgrade), &self.database)
        else {
            return;
        };
        // This thread is a plugin's: what there is to be done waits for no plugin.
        reach.pools.pool().manager().runtime().spawn(async move {
            let found = myself.registry.plugins.get(&*plugin);
            if let Some((registered, library)) = found.and_then(|one| Some((one, one.library.as_ref()?))) {
                Box::pin(myself.struck(registered, library, &message)).await;
            }
        });
    }
}

impl Callees for Tenon {
    fn call_function(&self, asked: FunctionCall<'_>) -> Result<Result<Vec<u8>, FunctionError>, ServiceError> {
        let (registered, library, offered) = self.callee(&asked)?;
        let FunctionCall { frame, by, plugin, function, input, deadline, connection } = asked;
        let route = &offered.route;
        let query = format!("by={by}");
        let line = RequestLine {
            method: route.method,
            path: "/",
            query: &query,
            request_id: &frame.request_id,
            ..RequestLine::default()
        };
        let mut request = PluginRequest::new(line, Bytes::copy_from_slice(input));
        if let Some(caller) = &frame.caller {
            request.set_caller(Arc::clone(caller));
        }
        let mut chain = frame.chain.clone();
        chain.push(registered.info.id.clone());
        let relay = self.relay.get().filter(|(relayed, _)| *relayed == registered.info.id);
        let question = RoutedRequest {
            request,
            method: route.method,
            route: Arc::clone(&route.text),
            params: Vec::new(),
            seal: None,
            relay: relay.map(|(_, relay)| Arc::clone(relay)),
            frame: Some(Arc::new(CallFrame { chain, ..CallFrame::clone(frame) })),
        };
        let (lent, acting) = (connection.lend_on()?, self.acting(&asked, &registered.info.id)?);
        let undo = || lent.control(&acting.undo);
        if let Err(error) = lent.control(&acting.begin) {
            // There is nothing to undo where the transaction was broken before: then it is not about roles.
            let was_begun = undo().is_ok();
            return Err(match self.roles() {
                Some(_) if was_begun => ServiceError {
                    message: format!(
                        "{plugin} cannot be called as its login role: {}. `tenon check` says whether a heal has to \
                         let the role of {by} become it",
                        error.message
                    ),
                    ..error
                },
                _ => error,
            });
        }
        let mut counted = Asked::default();
        (counted.plugin, counted.route) = (Arc::clone(&library.id), Arc::clone(&route.text));
        let began = Instant::now();
        let onward = connection.lend_on()?;
        let answer = call_onward(&library.id, &library.worker, route, question, onward, deadline);
        self.account(counted, &answer, began);
        let failed = |message: String| ServiceError::new(ErrorCode::CallFailed, 500, message);
        let failure = match answer {
            Ok(answer) => match lent.control(&acting.end) {
                Ok(()) => return Ok(Ok(answer.body)),
                // It has passed over an error of the database.
                Err(_) => {
                    undo()?;
                    return Err(failed(format!("{function} of {plugin} left the transaction broken")));
                }
            },
            Err(error) => error,
        };
        if let CallError::Deadline { .. } = failure {
            return Err(ServiceError::deadline());
        }
        undo()?;
        match failure {
            CallError::Plugin(failure) => match failure.fault {
                // Its own word for it, or what the database said to its statement.
                None | Some(Fault::Sql | Fault::Service(_)) => {
                    let (status, code, message) = (failure.status, failure.code, failure.message);
                    Ok(Err(FunctionError { status, code, message }))
                }
                Some(fault) => {
                    tracing::warn!(plugin, function, by = by.as_str(), "a function failed: {failure}");
                    Err(failed(format!("{function} of {plugin} failed ({}): {failure}", fault.word())))
                }
            },
            other => {
                let message = format!("{function} of {plugin}: {other}");
                Err(ServiceError::new(other.kind(), other.status(), message))
            }
        }
    }
}
