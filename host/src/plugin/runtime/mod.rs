//! The threads that run plugin code: each plugin has its own, with a bounded queue before them.

mod batch;
mod call;
mod ending;
mod hung;
mod queue;
mod spent;
mod worker;

pub use call::{CallError, PluginResponse, call};
pub use hung::Hung;
pub use worker::{RunError, Worker};

use std::sync::Arc;
use std::time::Duration;

use tenon_migrations_core::migration::PluginInfo;

use crate::plugin::faults::{Entry, PluginMarker};
use crate::plugin::inspect::Inspected;
use crate::plugin::isolate::{Attempts, ConfineError, Confinement, Fatal, Handlers, watch_plugin};
use crate::plugin::load::{self, Module, PluginArtifacts, PluginHost, Sealed};
use crate::plugin::problem::{Problem, ProblemCode};
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

/// How a plugin is run.
#[derive(Debug)]
pub struct Terms<'a> {
    pub threads: usize,
    pub queue: usize,
    pub confinement: &'a Confinement,
    /// How long it may take to load and to tell what it brings.
    pub load_timeout: Duration,
    /// Counts the threads that hang in it.
    pub hung: Arc<Hung>,
}

/// Loads a plugin on a thread of its own, asks it for all it brings, and lets it prepare itself. `at_the_end`
/// is told when the plugin ends the process, now or later; `marker` says that its code runs, where nobody can
/// be told.
pub fn load(
    inspected: &Inspected,
    config: &serde_json::Value,
    terms: &Terms<'_>,
    marker: PluginMarker,
    at_the_end: impl Fn(Fatal) + Send + 'static,
) -> Result<Loaded, Vec<Problem>> {
    let id = inspected.info.id.clone();
    let host = PluginHost::new(id.clone(), config);
    let sealed = Sealed::new(inspected).map_err(|problem| vec![problem])?;
    let attempts = Arc::new(Attempts::default());
    let watch = watch_plugin(id.as_str(), Arc::clone(&attempts), at_the_end);
    let watch = watch.map_err(|error| vec![no_thread(&error)])?;
    let confinement = terms.confinement.clone();
    let confine = move || {
        if let Some(listener) = confinement.apply().map_err(|error| not_confined(&error))? {
            watch.begin(listener);
        }
        Ok(())
    };
    let make = move || {
        let module = marker
            .during(Entry::Lifecycle, || load::load(sealed))
            .unwrap_or_else(|error| Err(not_marked(&error)));
        module.map(|module| Context { module, host, marker }).map_err(|problem| vec![problem])
    };
    let handlers = Handlers::now();
    let worker =
        Worker::start(id.as_str(), terms.threads, terms.queue, Arc::clone(&terms.hung), confine, make);
    let worker = worker.map_err(|error| vec![no_thread(&error)])?;
    let brought = worker.run_blocking(terms.load_timeout, move |context| match context {
        Ok(context) => {
            let told = context.marker.during(Entry::Lifecycle, || {
                let brought = context.module.brought(&id)?;
                context.module.init(&context.host).map_err(|problem| vec![problem])?;
                Ok(brought)
            });
            told.unwrap_or_else(|error| Err(vec![not_marked(&error)]))
        }
        Err(problems) => Err(problems.clone()),
    });
    put_back(&handlers, &inspected.info);
    let problems = match brought {
        Ok(Ok(brought)) => return Ok(Loaded { worker, attempts, brought }),
        Ok(Err(problems)) => problems,
        Err(error) => vec![hung(terms.load_timeout, worker.is_made(), error)],
    };
    Err(problems.into_iter().chain(refused(&attempts)).collect())
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
