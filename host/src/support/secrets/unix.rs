//! Linux: the threads of this process, the memory that its environment stands in, and how a process of the
//! same program gets what was taken out of it.

#![expect(unsafe_code, reason = "erasing the memory of variables has no safe interface")]

use std::ffi::{CStr, c_char};
use std::io;
use std::path::Path;
use std::ptr;

use secrecy::{ExposeSecret, SecretString};

use super::{Secrets, SecretsError};

impl Secrets {
    /// For a process of the same program.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let values = self.values.iter().map(|(name, value)| (name.as_str(), Some(value.expose_secret())));
        let not_text = self.not_text.iter().map(|name| (name.as_str(), None));
        let all: Vec<(&str, Option<&str>)> = values.chain(not_text).collect();
        serde_json::to_vec(&all).unwrap_or_default()
    }

    /// The secrets of another process of the same program.
    pub(crate) fn from_bytes(bytes: &[u8]) -> io::Result<Self> {
        let all: Vec<(String, Option<String>)> = serde_json::from_slice(bytes)?;
        let mut secrets = Self::default();
        for (name, value) in all {
            match value {
                Some(value) => drop(secrets.values.insert(name, SecretString::from(value))),
                None => drop(secrets.not_text.insert(name)),
            }
        }
        Ok(secrets)
    }
}

/// Refuses unless this process has one thread.
pub(super) fn alone() -> Result<(), SecretsError> {
    let threads = count(Path::new("/proc/self/task"))?;
    if threads > 1 { Err(SecretsError::NotAlone(threads)) } else { Ok(()) }
}

/// The number of threads, from the directory in which the kernel lists them.
fn count(tasks: &Path) -> Result<usize, SecretsError> {
    std::fs::read_dir(tasks).map(Iterator::count).map_err(SecretsError::Uncounted)
}

// SAFETY: the C library has a variable of this name and type (environ(7)).
unsafe extern "C" {
    /// The C library's table of `NAME=value` strings, ended by a null pointer.
    static mut environ: *mut *mut c_char;
}

/// Overwrites the value of every entry of this name with `x`, in place.
///
/// # Safety
///
/// No other thread may read or write the environment during the call.
pub(super) unsafe fn erase(name: &str) {
    // SAFETY: the table and its strings belong to the C library or to the initial stack, are writable,
    // end in null, and by the caller's promise nobody else uses them now. Only bytes before the
    // terminating NUL are written.
    unsafe {
        let mut entry = ptr::read(&raw const environ);
        while !entry.is_null() && !(*entry).is_null() {
            let text = CStr::from_ptr(*entry).to_bytes();
            let value = text.strip_prefix(name.as_bytes()).and_then(|rest| rest.strip_prefix(b"="));
            if let Some(length) = value.map(<[u8]>::len) {
                ptr::write_bytes((*entry).add(name.len() + 1), b'x', length);
            }
            entry = entry.add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_cannot_be_counted_are_not_taken_for_one() {
        assert!(matches!(count(Path::new("/proc/self/no-tasks")), Err(SecretsError::Uncounted(_))));
        assert!(count(Path::new("/proc/self/task")).unwrap() > 1, "the harness's thread and this one");
    }
}
