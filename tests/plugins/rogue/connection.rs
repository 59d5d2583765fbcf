//! Keeping the connection for longer, and elsewhere, than it was lent for.

use std::mem::{size_of, transmute_copy};
use std::sync::Mutex;

use tenon_plugin_api::prelude::*;

const SIZE: usize = size_of::<Connection<'static>>();

/// The bytes of a connection that was lent to a former call.
static KEPT: Mutex<Option<[u8; SIZE]>> = Mutex::new(None);

pub(crate) fn act(act: &str, db: &Connection<'_>) -> Result<String, PluginError> {
    match act {
        "keep" => {
            // SAFETY: only bytes; what they are used for later is what is tried.
            *kept() = Some(unsafe { transmute_copy(db) });
            ask(db)
        }
        "use-later" => {
            let bytes = kept().ok_or_else(|| PluginError::internal("nothing was kept"))?;
            ask_by(bytes)
        }
        "use-elsewhere" => {
            // SAFETY: as above.
            let bytes: [u8; SIZE] = unsafe { transmute_copy(db) };
            let thread = std::thread::spawn(move || ask_by(bytes));
            thread.join().map_err(|_| PluginError::internal("the thread panicked"))?
        }
        other => Err(PluginError::not_found(other)),
    }
}

/// One statement of many, or a savepoint, whatever came of those before.
pub(crate) fn alone(sql: &str, db: &Connection<'_>) -> String {
    let done = match sql {
        "savepoint" => db.savepoint(|_| Ok(0)),
        sql => db.execute(sql, &[]),
    };
    done.map_or_else(|error| error.message().to_owned(), |rows| format!("{rows} rows"))
}

fn kept() -> std::sync::MutexGuard<'static, Option<[u8; SIZE]>> {
    KEPT.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn ask_by(bytes: [u8; SIZE]) -> Result<String, PluginError> {
    // SAFETY: there is none, the lifetime is a lie.
    let connection = unsafe { std::mem::transmute::<[u8; SIZE], Connection<'static>>(bytes) };
    let told = ask(&connection);
    std::mem::forget(connection);
    told
}

fn ask(db: &Connection<'_>) -> Result<String, PluginError> {
    let number: i32 = db.query_one("SELECT 7", &[])?.get(0)?;
    Ok(number.to_string())
}
