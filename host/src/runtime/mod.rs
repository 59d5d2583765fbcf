//! The threads that run plugin code: each plugin has its own, with a bounded queue before them.

mod call;
mod worker;

pub use call::{CallError, PluginRequest, PluginResponse, call, route};
pub use worker::{RunError, Worker};

use std::time::Duration;

use crate::inspect::{Inspected, Problem};
use crate::load::{self, Brought, Module, PluginHost};

/// How long a plugin may take to load and to tell what it brings.
const LOAD_TIMEOUT: Duration = Duration::from_secs(30);

/// A loaded plugin with its threads.
#[derive(Debug)]
pub struct Loaded {
    pub worker: Worker<Context>,
    pub brought: Brought,
}

/// What a plugin's threads have at hand.
#[derive(Debug)]
pub struct Context {
    pub module: Module,
    pub host: PluginHost,
}

/// Loads a plugin on a thread of its own, asks it for all it brings, and lets it prepare itself.
pub fn load(
    inspected: Inspected,
    config: &serde_json::Value,
    threads: usize,
    queue: usize,
) -> Result<Loaded, Vec<Problem>> {
    let id = inspected.info.id.clone();
    let host = PluginHost::new(id.clone(), config);
    let worker = Worker::start(id.as_str(), threads, queue, move || {
        load::load(&inspected).map(|module| Context { module, host }).map_err(|problem| vec![problem])
    });
    let worker = worker.map_err(|error| {
        vec![Problem::new(
            "no-thread",
            format!("its thread could not be started: {error}"),
            "see the limits of the host's process",
        )]
    })?;
    let brought = worker.run_blocking(LOAD_TIMEOUT, move |context| match context {
        Ok(context) => {
            let brought = context.module.brought(&id)?;
            context.module.init(&context.host).map_err(|problem| vec![problem])?;
            Ok(brought)
        }
        Err(problems) => Err(problems.clone()),
    });
    match brought {
        Ok(Ok(brought)) => Ok(Loaded { worker, brought }),
        Ok(Err(problems)) => Err(problems),
        Err(error) => Err(vec![Problem::new(
            "hung",
            format!("it did not tell what it brings within {} s: {error}", LOAD_TIMEOUT.as_secs()),
            "report it to the plugin's author, or install another version",
        )]),
    }
}
