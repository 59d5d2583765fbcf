//! What plugins did wrong, and what comes of it: strikes, and quarantine.

mod boot;
mod folder;
mod opening;
mod quarantine;
mod running;
mod strikes;
mod watched;

pub use folder::QuarantineError;
pub use opening::Opening;
pub use quarantine::{Quarantine, Quarantined, Why};
pub use running::{CallMarkers, Entry, PluginMarker, Unmarked};
pub use strikes::PanicCounter;
pub use watched::QuarantineCache;
