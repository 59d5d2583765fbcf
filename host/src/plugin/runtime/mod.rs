//! The threads that run plugin code: each plugin has its own, with a bounded queue before them.
//!
//! # The way of a call
//!
//! Every call into a plugin, constructors included, runs on that plugin's own threads (`plg:<id>`). A
//! request stays on the thread of the server that took it, and the only other thread that it goes to is the
//! plugin's.
//!
//! 1. The call waits in its plugin's queue for a thread (`queue.rs`). Under load a thread that has ended
//!    one call takes up the next without anybody having to wake it. These threads are scheduled as
//!    `SCHED_BATCH` (`batch.rs`): woken, they do not interrupt who is on the processor.
//! 2. The thread gets the connection for the call: an idle one of the pool, or one that the runtime makes,
//!    since a plugin's threads may not connect. A plugin has no more threads than half of the pool has
//!    connections, or all but one where it is the only plugin. So none keeps the pool from the others.
//! 3. While the thread waits for the database it drives the connection itself, so no other thread has to be
//!    woken (`driver.rs`, `dial.rs` and `socket.rs` in `database/`). For the host's own sessions a task of
//!    the runtime does so.
//! 4. The call's transaction begins with its first statement, and both are sent at once. That is safe,
//!    since the session writes nothing outside of a transaction that was begun for it.
//! 5. At the end the caller waits for the COMMIT alone (`ending.rs`), and for nothing where the route only
//!    reads and no statement failed: that is rolled back, which takes nearly all of step 6 back by itself.
//! 6. What the call may have left in the session is taken back in the message behind its COMMIT: settings,
//!    roles, temporary tables, locks, cursors, `LISTEN`. The session goes back to the pool when it is
//!    clean, or is closed.
//!
//! # What is spared
//!
//! - **BEGIN, for plain reads.** If every earlier call of a route sent exactly one plain read, the next
//!   goes without BEGIN and COMMIT. A second statement begins a transaction, and from then on all of the
//!   route's calls begin with it. Plain is a statement that reads or writes rows and calls no function but
//!   such as leave nothing behind. What differs, once for a route: the first statement's locks are not held
//!   when the second runs, and its `now()` is another. What others commit meanwhile each statement sees in
//!   either case. Where sessions read otherwise (`default_transaction_isolation`) all begin with BEGIN.
//! - **BEGIN, for `autocommit` routes.** Their one statement goes without BEGIN and COMMIT, too. Before such
//!   a statement the host sends `SET default_transaction_read_only = off`, and switches it back before the
//!   next ordinary one, each along with the statement (`InlineClient::reset_session_state`). So calls of such
//!   a route that follow each other pay for it once. What could end a transaction of its own (`CALL`) gets a
//!   transaction that is committed with it.
//! - **Preparing.** A session knows the texts that were sent over it (`database/statements.rs`): each is
//!   checked and prepared when it comes for the first time.
//! - **Cleaning.** Where all statements were plain nothing is taken back at once. What a trigger may have
//!   left unseen meets the same plugin's next calls at most. It is taken back before anybody else uses the
//!   session, and within a second or so.
//!
//! Behind a transaction pooler, whose sessions are not the host's, nothing is prepared and nothing sent
//! ahead, and every call has a transaction.
//!
//! # Threads that hang
//!
//! They are counted and replaced up to a limit (`hung.rs`). The plugin's first thread, which runs none of
//! its code, starts the replacement.

#[cfg_attr(windows, path = "batch/windows.rs")]
mod batch;
mod call;
#[cfg_attr(windows, path = "cpu_time/windows.rs")]
mod cpu_time;
mod ending;
mod hung;
mod onward;
mod queue;
mod worker;

pub use call::{CallError, PluginResponse, call};
pub use hung::Hung;
pub use onward::call_onward;
pub use worker::{RunError, Worker};

use std::sync::Arc;
use std::time::{Duration, Instant};

use tenon_migrations_core::migration::PluginInfo;

use crate::plugin::faults::{Entry, PluginMarker};
use crate::plugin::inspect::Inspected;
use crate::plugin::isolate::{Attempts, ConfineError, Confinement, Fatal, Handlers, watch_plugin};
use crate::plugin::load::{self, Module, PluginArtifacts, PluginHost, Sealed, Services};
use crate::plugin::problem::{Problem, ProblemCode};
use crate::plugin::settings::SettingsSchema;
use crate::plugin::settings::saved::GivenSettings;
use crate::support::errors::chain;

/// A loaded plugin with its threads.
#[derive(Debug)]
pub struct Loaded {
    pub worker: Worker<Context>,
    /// What the kernel refused to its threads.
    pub attempts: Arc<Attempts>,
    pub brought: PluginArtifacts,
}

/// What a plugin's threads have at hand.
#[derive(Debug)]
pub struct Context {
    pub module: Module,
    pub host: PluginHost,
    /// Says that code of it runs, for whoever finds the process ended.
    pub marker: PluginMarker,
}

/// Why a plugin is not loaded.
#[derive(Debug)]
pub struct NotLoaded {
    pub problems: Vec<Problem>,
    /// What it says of its settings, if it came so far.
    pub settings: Option<SettingsSchema>,
}

impl From<Vec<Problem>> for NotLoaded {
    fn from(problems: Vec<Problem>) -> Self {
        Self { problems, settings: None }
    }
}

impl From<Problem> for NotLoaded {
    fn from(problem: Problem) -> Self {
        vec![problem].into()
    }
}

/// How a plugin is run.
#[derive(Debug)]
pub struct WorkerOptions<'a> {
    pub threads: usize,
    pub queue: usize,
    pub confinement: &'a Confinement,
    /// How long it may take to load and to tell what it brings.
    pub load_timeout: Duration,
    /// Counts the threads that hang in it.
    pub hung: Arc<Hung>,
    /// What it can ask of the host.
    pub services: Services,
}

/// Loads a plugin on a thread of its own, asks it for all it brings, and lets it prepare itself. `at_the_end`
/// is told when the plugin ends the process, now or later; `marker` says that its code runs, where nobody can
/// be told.
pub fn load(
    inspected: &Inspected,
    settings: GivenSettings,
    policy: &WorkerOptions<'_>,
    marker: PluginMarker,
    at_the_end: impl Fn(Fatal) + Send + 'static,
) -> Result<Loaded, NotLoaded> {
    let id = inspected.info.id.clone();
    let (vocabulary, generation) = (inspected.manifest.descriptors, inspected.generation);
    let host = PluginHost::new(id.clone(), settings, policy.services.clone());
    let deadline = Instant::now() + policy.load_timeout;
    let sealed = Sealed::new(inspected)?;
    let attempts = Arc::new(Attempts::default());
    let watch = watch_plugin(id.as_str(), Arc::clone(&attempts), at_the_end);
    let watch = watch.map_err(|error| no_thread(&error))?;
    let confinement = policy.confinement.clone();
    let confine = move || {
        if let Some(listener) = confinement.apply().map_err(|error| not_confined(&error))? {
            watch.begin(listener);
        }
        Ok(())
    };
    let make = move || {
        let module = marker
            .during(Entry::Lifecycle, || load::load(sealed, generation))
            .unwrap_or_else(|error| Err(not_marked(&error)));
        module.map(|module| Context { module, host, marker }).map_err(|problem| vec![problem])
    };
    let handlers = Handlers::now();
    let worker =
        Worker::start(id.as_str(), policy.threads, policy.queue, Arc::clone(&policy.hung), confine, make);
    let worker = worker.map_err(|error| no_thread(&error))?;
    let brought = worker.run_blocking(policy.load_timeout, move |context| match context {
        Ok(context) => {
            let told = context.marker.during(Entry::Lifecycle, || {
                let brought = context.module.brought(&id, vocabulary).map_err(NotLoaded::from)?;
                context.host.may_emit(&brought.emitted);
                let prepared = context.host.settle(brought.settings.as_ref()).and_then(|()| {
                    let began = context.module.init(&context.host, deadline);
                    began.map_err(|problem| vec![context.host.of_saved(problem)])
                });
                match prepared {
                    Ok(()) => Ok(brought),
                    Err(problems) => Err(NotLoaded { problems, settings: brought.settings }),
                }
            });
            told.unwrap_or_else(|error| Err(not_marked(&error).into()))
        }
        Err(problems) => Err(problems.clone().into()),
    });
    put_back(&handlers, &inspected.info);
    let mut failed = match brought {
        Ok(Ok(brought)) => return Ok(Loaded { worker, attempts, brought }),
        Ok(Err(failed)) => failed,
        Err(error) => hung(policy.load_timeout, worker.is_made(), error).into(),
    };
    failed.problems.extend(refused(&attempts));
    Err(failed)
}

fn hung(limit: Duration, is_made: bool, error: RunError) -> Problem {
    let seconds = limit.as_secs_f32();
    let (code, reason) = if is_made {
        (ProblemCode::Hung, format!("it did not tell what it brings within {seconds} s: {error}"))
    } else {
        (ProblemCode::HungInConstructor, format!("its constructors did not end within {seconds} s"))
    };
    Problem::new(code, reason, "report it to the plugin's author, or install another version")
}

/// Signals are the whole process's: a plugin's code would be called on the host's threads.
fn put_back(handlers: &Handlers, info: &PluginInfo) {
    let changed: Vec<_> = handlers.put_back().iter().map(ToString::to_string).collect();
    if !changed.is_empty() {
        let (plugin, name, signals) = (info.id.as_str(), &info.name, changed.join(", "));
        tracing::warn!(
            plugin,
            signals,
            "{name} had changed who handles signals ({signals}) while it was loaded: the host's handlers are back"
        );
    }
}

/// What was refused to a plugin that is not loaded may be why.
fn refused(attempts: &Attempts) -> Option<Problem> {
    let all: Vec<_> = attempts.all().iter().map(|refused| refused.system_call).collect();
    (!all.is_empty()).then(|| {
        let reason = format!("the kernel refused it system calls while it was loaded: {}", all.join(", "));
        let remedy = "see in the log what plugins may not do, and report it to the plugin's author";
        Problem::new(ProblemCode::RefusedCalls, reason, remedy)
    })
}

fn no_thread(error: &std::io::Error) -> Problem {
    let reason = format!("its threads could not be started: {error}");
    Problem::new(ProblemCode::NoThread, reason, "see the limits of the host's process")
}

/// What cannot be written down to run is not run.
pub fn not_marked(error: &dyn std::error::Error) -> Problem {
    let reason = format!("it could not be written down that it is loaded, so it is not: {}", chain(error));
    let remedy = "let the host's user write to the state directory, and see what the disk and the limits of the \
                  process leave it (ulimit -f, ulimit -n)";
    Problem::new(ProblemCode::NotMarked, reason, remedy)
}

/// What held when the host started has to hold for each plugin: one that is not confined is not loaded.
fn not_confined(error: &ConfineError) -> Problem {
    let remedy = "start the host anew, and see what it says of the kernel's layers at start";
    Problem::new(ProblemCode::NotConfined, chain(error), remedy)
}
