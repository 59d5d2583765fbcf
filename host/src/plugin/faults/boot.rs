//! The identity of the machine's present start.

use std::io;

/// What tells this start of the machine from every other (random(4)).
pub(super) fn boot_id() -> io::Result<String> {
    Ok(std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}
