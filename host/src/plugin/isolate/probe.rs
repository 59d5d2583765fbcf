//! What this system can hold plugins to, found out by trying it.

use std::fs::File;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::sync::{Arc, Mutex};

use super::file_rules::FileRules;
use super::files::Known;
use super::held::Held;
use super::kernel::{Call, Wish};
use super::layer::{Enforcement, Layer, LayerState};
use super::on_denied::OnDenied;
use super::{Confinement, watch};
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// Confines threads that end at once, has them try what plugins may not, and says what came of it: how to
/// confine plugins here, and how far that holds.
pub fn probe(rules: FileRules) -> (Confinement, Enforcement) {
    let (calls, how_calls) = calls();
    let (files, how_files) = files(rules);
    let layers = vec![layer("system calls", how_calls), layer("files", how_files)];
    (Confinement(Held { calls, files }), Enforcement { layers })
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
    let confinement = Held { calls: Some(on_denied), files: None };
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
