//! What plugins did wrong, and what comes of it: strikes, and quarantine.

mod absent;
mod quarantine;
mod strikes;

pub use absent::Watched;
pub use quarantine::{Quarantine, QuarantineError, Quarantined, Why};
pub use strikes::Strikes;
