//! No panic of a plugin crosses the border: unwinding out of an `extern "C"` function ends the process.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::mem;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use abi_stable::std_types::{RErr, ROk};
use serde_json::json;

use crate::PluginError;
use crate::contract::{ErrorV1, HostV2, Res};
use crate::current;
use crate::host::Level;
use crate::memory;

thread_local! {
    /// How many guarded calls this thread is in.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Where this thread panicked last, inside a guarded call.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs one entry of a plugin. A panic, also one that follows while the first is cleared away, becomes an
/// error with the code `panic`, and an event in the host's log where there is a host.
pub fn guard<T>(
    plugin: &str,
    entry: &str,
    host: Option<&dyn HostV2>,
    body: impl FnOnce() -> Result<T, PluginError>,
) -> Res<T> {
    install_hook();
    DEPTH.set(DEPTH.get() + 1);
    let caught = catch_unwind(AssertUnwindSafe(|| memory::counted(|| current::during(host, body))));
    DEPTH.set(DEPTH.get() - 1);
    let error = match caught {
        Ok(Ok(value)) => return ROk(value),
        Ok(Err(error)) => error,
        Err(payload) => {
            let error = panic_error(plugin, entry, payload.as_ref());
            discard(payload);
            if let Some(host) = host {
                let (message, fields) = (error.message(), error.detail());
                host.log(Level::Error as u8, plugin.into(), message.into(), fields.into());
            }
            error
        }
    };
    RErr(ErrorV1::from(error))
}

fn panic_error(plugin: &str, entry: &str, payload: &(dyn Any + Send)) -> PluginError {
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("with a value that is no text");
    let place = PLACE.take().unwrap_or_else(|| "an unknown place".to_owned());
    let detail = json!({ "plugin": plugin, "entry": entry, "panic": message, "location": place });
    PluginError::new(500, "panic", format!("{plugin} panicked in {entry} at {place}: {message}"))
        .with_detail(detail.to_string())
}

/// Drops the payload of a panic, whose own drop may panic as well; the second payload is leaked, or there
/// would be no end to it.
fn discard(payload: Box<dyn Any + Send>) {
    if let Err(second) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(second);
    }
}

/// Notes where a panic happened, for the error. Outside of a guarded call (on a thread that the plugin
/// started) the former hook does its work.
fn install_hook() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let former = take_hook();
        set_hook(Box::new(move |info: &PanicHookInfo<'_>| {
            if DEPTH.try_with(Cell::get).unwrap_or(0) == 0 {
                former(info);
                return;
            }
            let place = info.location().map(ToString::to_string);
            let _ = PLACE.try_with(|slot| slot.try_borrow_mut().map(|mut slot| *slot = place));
        }));
    });
}
