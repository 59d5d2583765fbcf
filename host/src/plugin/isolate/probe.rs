//! What this system can hold plugins to, found out by trying it.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex};

use serde::Serialize;

use super::files::{FileRules, Known};
use super::kernel::{Call, Wish};
use super::{Confinement, OnDenied, watch};
use crate::config::Isolation;
use crate::plugin::choice::IsolationChoice;
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// How far a layer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum LayerState {
    Enforced,
    Degraded,
    Off,
}

/// One of the things that plugins are held to: by the kernel, or by the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Layer {
    pub name: &'static str,
    pub state: LayerState,
    /// Whether the operator wants it: one that was not asked for is not lacking.
    #[serde(skip)]
    pub wanted: bool,
    /// What is missing, and what that means.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// The layers of isolation, and how far each is enforced.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Enforcement {
    pub layers: Vec<Layer>,
}

/// Less is enforced than was required.
#[derive(Debug, thiserror::Error)]
#[error("plugins cannot be held to everything here: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct NotEnforced(pub Vec<Layer>);

impl fmt::Display for LayerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Enforced => "enforced",
            Self::Degraded => "degraded",
            Self::Off => "off",
        })
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.state)?;
        self.why.iter().try_for_each(|why| write!(f, " ({why})"))
    }
}

impl Layer {
    /// The plugins' login roles. Where they are chosen no plugin gets a connection as anybody else. That they
    /// lack is told of the role that plugins share.
    pub fn login_roles(choice: Option<&IsolationChoice>) -> Self {
        let wanted = choice.is_some_and(|choice| choice.isolation == Isolation::Roles);
        let state = if wanted { LayerState::Enforced } else { LayerState::Off };
        Self { name: "login roles", state, wanted, why: choice.and_then(|choice| choice.why.told()) }
    }

    /// Says in the log how far it holds.
    pub fn log(&self) {
        let Self { name, state, why, .. } = self;
        match why {
            None => tracing::info!(layer = name, %state, "plugins are held: {name} {state}"),
            Some(why) if *state == LayerState::Enforced => {
                tracing::info!(layer = name, %state, "plugins are held: {name} {state}: {why}");
            }
            Some(why) => tracing::warn!(layer = name, %state, "plugins are held: {name} {state}: {why}"),
        }
    }
}

impl Enforcement {
    /// Says of each layer in the log how far it holds.
    pub fn log(&self) {
        self.layers.iter().for_each(Layer::log);
    }

    /// The layers with one more, if there is one.
    pub fn with(mut self, layer: Option<Layer>) -> Self {
        self.layers.extend(layer);
        self
    }

    /// Nothing, unless every layer is enforced that is wanted.
    pub fn required(&self) -> Result<(), NotEnforced> {
        let lacking: Vec<_> = self
            .layers
            .iter()
            .filter(|layer| layer.wanted && layer.state != LayerState::Enforced)
            .cloned()
            .collect();
        if lacking.is_empty() { Ok(()) } else { Err(NotEnforced(lacking)) }
    }
}

/// Confines threads that end at once, has them try what plugins may not, and says what came of it: how to
/// confine plugins here, and how far that holds.
pub fn probe(rules: FileRules) -> (Confinement, Enforcement) {
    let (calls, how_calls) = calls();
    let (files, how_files) = files(rules);
    let layers = vec![layer("system calls", how_calls), layer("files", how_files)];
    (Confinement { calls, files }, Enforcement { layers })
}

type How = (LayerState, Option<String>);

fn layer(name: &'static str, (state, why): How) -> Layer {
    Layer { name, state, wanted: true, why }
}

fn calls() -> (Option<OnDenied>, How) {
    let why = match refuses(OnDenied::Notify) {
        Ok(()) => return (Some(OnDenied::Notify), (LayerState::Enforced, None)),
        Err(why) => why,
    };
    match refuses(OnDenied::Errno) {
        Ok(()) => {
            let why = format!("what is refused is neither counted nor named: {why}");
            (Some(OnDenied::Errno), (LayerState::Degraded, Some(why)))
        }
        Err(why) => (None, (LayerState::Off, Some(why))),
    }
}

/// Whether a thread under the filter is refused a socket, and the host is told if it is to be.
fn refuses(on_denied: OnDenied) -> Result<(), String> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let hears = Arc::clone(&heard);
    let hears = move |call: &Call, _: Wish| {
        hears.lock_unpoisoned().push(call.name());
        Err(libc::EPERM)
    };
    let watch = watch("probe", hears).map_err(|error| error.to_string())?;
    let confinement = Confinement { calls: Some(on_denied), files: None };
    on_a_thread(move || {
        match confinement.apply() {
            Ok(Some(listener)) => watch.begin(listener),
            Ok(None) => {}
            Err(error) => return Err(chain(&error)),
        }
        match UnixDatagram::unbound() {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
            _ => Err("the kernel took the filter and does not keep to it".to_owned()),
        }
    })?;
    let heard = heard.lock_unpoisoned();
    if on_denied == OnDenied::Notify && *heard != ["socket"] {
        return Err("the kernel does not tell what it refuses".to_owned());
    }
    Ok(())
}

fn files(rules: FileRules) -> (Option<FileRules>, How) {
    let tried = rules.clone();
    let known = on_a_thread(move || match tried.apply() {
        Ok(Known::Not) => Err("this kernel has no landlock, or has it switched off".to_owned()),
        Ok(known) if File::open("/proc/self/mem").is_err() => Ok(known),
        Ok(_) => Err("the kernel took the rules and does not keep to them".to_owned()),
        Err(error) => Err(chain(&error)),
    });
    match known {
        Ok(Known::Wholly) => (Some(rules), (LayerState::Enforced, None)),
        Ok(_) => {
            let why = "before Linux 6.2 the kernel does not keep files from being truncated";
            (Some(rules), (LayerState::Degraded, Some(why.to_owned())))
        }
        Err(why) => (None, (LayerState::Off, Some(format!("plugins may open what the host may: {why}")))),
    }
}

/// On a thread of its own: what a thread has put on itself it never gets rid of.
fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let thread = std::thread::Builder::new().name("probe".to_owned()).spawn(work);
    let thread = thread.map_err(|error| error.to_string())?;
    thread.join().unwrap_or_else(|_| Err("it could not be tried".to_owned()))
}
