//! What of the host the operating system has nothing for.

use crate::report::doctor::DoctorLine;
use crate::support::machine;

const TOPIC: &str = "system";

/// A warning for each part that is off here; none where all of them are there.
pub(super) fn lines() -> Vec<DoctorLine> {
    let off = |(part, means)| DoctorLine::warning(TOPIC, format!("off on this system: {part}"), means);
    machine::MISSING.map(off).into()
}
