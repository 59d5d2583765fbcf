//! What plugins did wrong, and what comes of it: strikes, and quarantine.
//!
//! **Quarantine** is a file of the state directory for each library, by its sha256. So all processes see
//! it, and another file starts clean. Before a call the folder is looked at, once a millisecond at most,
//! and a file is looked for when it has changed (`cache.rs`). Three reasons lead there:
//!
//! - The plugin ended the host, or did not come back while it was loaded: it is kept out.
//! - It panicked three times in ten minutes: it is loaded, compared and healed like any other, and its
//!   routes answer 503.
//! - An administrator put it there: the same.
//!
//! **While a library is opened**, until it has said what it brings, that is written down (`opening.rs`): a
//! file that the process holds locked, on disk before any code of the library runs. However the process
//! dies, the kernel lets go of the lock, and the next start puts into quarantine what nobody holds. A
//! signal from outside takes the file away before it ends the process (`plugin/isolate/ended.rs`). The file
//! names the machine's start (`boot.rs`). Where the whole machine ended, that is noted, and only a second
//! such end before the library was opened well puts it into quarantine.
//!
//! **While a plugin's code runs**, in a route or not, that is marked (`running.rs`): a file that the
//! process maps has a word for each thread, which holds the number of the plugin and the route. The next
//! start reads what nobody holds. Whose words are set is put into quarantine, unless the file says that the
//! end is settled, or is from before the machine's last start. An end is settled by a signal that was
//! heard, a culprit that was named, or an end in order.
//!
//! Without its markers no library is opened. A constructor that hangs holds the loader's lock, without
//! which no thread begins: the host writes it down and ends.

mod boot;
mod cache;
mod folder;
mod opening;
mod panic_counter;
mod quarantine;
mod running;

pub use cache::QuarantineCache;
pub use folder::QuarantineError;
pub use opening::Opening;
pub use panic_counter::PanicCounter;
pub use quarantine::{Quarantine, Quarantined, Why};
pub use running::{CallMarkers, Entry, PluginMarker, Unmarked};
