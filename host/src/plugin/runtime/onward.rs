//! A call within a call: another plugin's function, on that plugin's own threads, while the caller's waits.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use super::call::give_up;
use super::{CallError, Context, RunError, Worker};
use crate::plugin::faults::Entry;
use crate::plugin::load::{Answer, CallFailure, Fault, LentOn, RoutedRequest};
use crate::plugin::routes::Route;

/// How long a function may take to return once the time of the call is used up: less than that call itself
/// may, so that it is not taken for one that hangs.
const GRACE: Duration = Duration::from_millis(500);

/// Has a plugin answer a question with a connection that another plugin has borrowed. Blocks the thread until
/// that is done, or a moment longer than to the deadline.
pub fn call_onward(
    plugin: &Arc<str>,
    worker: &Worker<Context>,
    route: &Route,
    question: RoutedRequest,
    lent: LentOn,
    deadline: Instant,
) -> Result<Answer, CallError> {
    let (tell, told) = sync_channel(1);
    let (text, number, bounds) = (Arc::clone(&route.text), route.number, lent.bounds());
    let job = move |made: &Result<Context, _>| {
        let answer = match made {
            Ok(context) => lent.with(&text, context.host.emitted(), |slot| {
                let handle = || context.module.handle(&question, &context.host, slot, bounds.bytes);
                let marked = context.marker.during(Entry::Route(number), handle);
                marked.unwrap_or_else(|unmarked| {
                    Err(CallFailure::new(Fault::NotMarked, 503, unmarked.to_string()))
                })
            }),
            Err(_) => Err(CallFailure::new(Fault::NotLoaded, 503, "the plugin is not loaded")),
        };
        let _ = tell.send(answer);
    };
    let not_run = |source| CallError::NotRun { plugin: plugin.to_string(), source };
    let job_state = worker.queue(job).map_err(not_run)?;
    let left = deadline.saturating_duration_since(Instant::now());
    match told.recv_timeout(left + GRACE) {
        Ok(answer) => answer.map_err(CallError::Plugin),
        Err(RecvTimeoutError::Disconnected) => Err(not_run(RunError::Ended)),
        Err(RecvTimeoutError::Timeout) => {
            if !job_state.withdraw() {
                give_up(plugin, worker, &job_state);
            }
            Err(CallError::Deadline { plugin: plugin.to_string(), limit: left })
        }
    }
}
