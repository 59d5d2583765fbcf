//! What plugins can ask of the host besides its log and their database: `fetch`, `files`, and `call`, which
//! is where calls are (`load/calling.rs`).
//!
//! How a plugin comes to a service: `load/services.rs`. A plugin's thread can neither connect nor open files,
//! so the work is done by the host's runtime, and that thread waits for it within its call's time.

pub mod fetch;
#[cfg_attr(windows, path = "files/windows.rs")]
mod files;

use std::sync::{Arc, OnceLock, mpsc};
use std::time::{Duration, Instant};

use tenon_plugin_api::contract::services;
use tokio::runtime::{Handle, Runtime};

use self::fetch::{FetchAccess, FetchService};
use self::files::FilesService;
use crate::config::Config;
use crate::plugin::load::{CallService, Service, ServiceError, Services};
use crate::support::error_code::ErrorCode;

/// How long a plugin's thread waits for what ends at its deadline anyway.
const SPARE: Duration = Duration::from_millis(500);

/// The services of a host with this configuration. Not from a plugin's thread, whose confinement the threads
/// of a runtime would inherit.
pub fn configured(config: &Config, fetches: &FetchAccess) -> Services {
    let mut all: Vec<Arc<dyn Service>> = vec![Arc::new(CallService)];
    if let Some(runtime) = runtime() {
        all.push(Arc::new(FetchService::new(fetches.clone(), runtime.clone())));
        all.push(Arc::new(FilesService::new(config, runtime)));
    }
    Services::new(all)
}

/// The runtime that this thread is in, or one that is made for services.
fn runtime() -> Option<Handle> {
    static OWN: OnceLock<Option<Runtime>> = OnceLock::new();
    Handle::try_current().ok().or_else(|| {
        let make = || {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            let made = builder.worker_threads(1).thread_name("services").enable_all().build();
            made.inspect_err(|error| tracing::warn!("plugins have no services: {error}")).ok()
        };
        OWN.get_or_init(make).as_ref().map(|runtime| runtime.handle().clone())
    })
}

/// Lets this thread wait until something is done elsewhere, for as long as its call has time.
fn wait<T>(deadline: Instant, told: &mpsc::Receiver<Result<T, ServiceError>>) -> Result<T, ServiceError> {
    let left = deadline.saturating_duration_since(Instant::now()) + SPARE;
    told.recv_timeout(left).unwrap_or_else(|error| match error {
        mpsc::RecvTimeoutError::Timeout => Err(ServiceError::deadline()),
        mpsc::RecvTimeoutError::Disconnected => Err(failed("the host is ending")),
    })
}

fn failed(message: &str) -> ServiceError {
    ServiceError::new(ErrorCode::InternalError, 500, message)
}

/// What a plugin has sent, taken apart.
fn input<T: serde::de::DeserializeOwned>(whole: &[u8]) -> Result<(T, &[u8]), ServiceError> {
    let (head, bytes) = services::split(whole);
    let head = serde_json::from_slice(head);
    let told = |error| {
        ServiceError::new(ErrorCode::BadQuery, 500, format!("what was asked for cannot be read: {error}"))
    };
    head.map(|head| (head, bytes)).map_err(told)
}

/// What a plugin is answered, put together.
fn output(head: &impl serde::Serialize, bytes: &[u8]) -> Result<Vec<u8>, ServiceError> {
    services::join(head, bytes).map_err(|error| failed(&error.to_string()))
}
