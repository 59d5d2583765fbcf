//! Taking secrets out of the process environment, before any plugin is loaded.
//!
//! A plugin shares the host's process and could read its environment. So the first act of `main` is
//! [`take_environment`]: database addresses and plugin settings move into values of ours, and are
//! erased where they stood, also from `/proc/<pid>/environ`.

#![expect(unsafe_code, reason = "removing variables has no safe interface")]

#[cfg_attr(unix, path = "secrets/unix.rs")]
#[cfg_attr(windows, path = "secrets/windows.rs")]
mod system;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io;

use secrecy::SecretString;

use system::{alone, erase};

/// Where a process of this program finds the one that started it to load plugins in its place: nothing of it
/// is for plugins, or for what they start.
pub(crate) const SUPERVISOR: &str = "TENON_SUPERVISOR";

/// How a service manager (systemd) speaks to this process, and to no other: see `service_manager.rs`.
pub(crate) const SERVICE_MANAGER: [&str; 6] =
    ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"];

/// Secrets taken from the environment, by variable name. [`Debug`](fmt::Debug) shows names only.
#[derive(Clone, Default)]
pub struct Secrets {
    values: BTreeMap<String, SecretString>,
    /// The names of those whose values are not UTF-8.
    not_text: BTreeSet<String>,
}

impl Secrets {
    /// The value of the variable, if it was set; it may be empty.
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.values.get(name)
    }

    /// The names of the variables that were set to what is not UTF-8, in order.
    pub fn not_text(&self) -> impl Iterator<Item = &str> {
        self.not_text.iter().map(String::as_str)
    }

    /// The names and values, in order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).entries(&self.not_text).finish()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Secrets {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        let secret = |(name, value): (N, V)| (name.into(), SecretString::from(value.into()));
        Self { values: pairs.into_iter().map(secret).collect(), not_text: BTreeSet::new() }
    }
}

/// Why the environment could not be cleaned.
#[derive(Debug, thiserror::Error)]
pub enum SecretsError {
    /// Changing the environment is only sound while no other thread can read it.
    #[error(
        "the process already has {0} threads, so its environment cannot be cleared of secrets safely; is a library preloaded (LD_PRELOAD)?"
    )]
    NotAlone(usize),
    #[error(
        "the threads of this process cannot be counted, so its environment cannot be cleared of secrets safely; is /proc mounted?"
    )]
    Uncounted(#[source] io::Error),
}

/// Whether a variable of this name can hold a secret, and is withheld from plugins and children.
///
/// `DATABASE_URL`, `DATABASE_HEAL_URL`, `DATABASE_SCRATCH_URL`, all of libpq's `PG…`, those of our own that
/// set `database`, `databases` or a plugin's table, the one by which a process finds the one that started it,
/// and those of a service manager.
pub fn is_secret(name: &str) -> bool {
    ["DATABASE_URL", "DATABASE_HEAL_URL", "DATABASE_SCRATCH_URL"].contains(&name)
        || name == SUPERVISOR
        || SERVICE_MANAGER.contains(&name)
        || name.starts_with("PG")
        || name.starts_with("TENON_DATABASE__")
        || name.starts_with("TENON_DATABASES__")
        || name.starts_with("TENON_PLUGIN__")
}

/// Removes every secret variable from the process environment and returns them.
///
/// Must be called first thing in `main`, while there is one thread; it refuses otherwise, and where the
/// threads cannot be counted.
pub fn take_environment() -> Result<Secrets, SecretsError> {
    alone()?;
    // SAFETY: there is one thread, so nothing reads or writes the environment meanwhile.
    Ok(unsafe { take_unchecked() })
}

/// Like [`take_environment`], without counting threads.
///
/// # Safety
///
/// No other thread may read or write the environment during the call.
unsafe fn take_unchecked() -> Secrets {
    let mut secrets = Secrets::default();
    for (name, value) in std::env::vars_os() {
        let Some(name) = name.to_str().filter(|name| is_secret(name)) else { continue };
        // What is empty, or no text, is wrong and no absence: whoever set it meant something.
        match value.to_str() {
            Some(value) => drop(secrets.values.insert(name.to_owned(), SecretString::from(value.to_owned()))),
            None => drop(secrets.not_text.insert(name.to_owned())),
        }
        // SAFETY: the caller's promise. The strings are erased first, since afterwards nothing points
        // to them; the kernel shows the original memory in /proc/<pid>/environ for as long as we live.
        unsafe {
            erase(name);
            std::env::remove_var(name);
        }
    }
    secrets
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use std::os::unix::ffi::OsStrExt;
    use std::process::{Command, Stdio};

    #[test]
    fn secrets_are_told_by_name() {
        for name in [
            "DATABASE_URL",
            "DATABASE_HEAL_URL",
            "DATABASE_SCRATCH_URL",
            "PGPASSWORD",
            "PGSERVICE",
            "TENON_DATABASE__URL",
            "TENON_PLUGIN__MAIL__KEY",
            "NOTIFY_SOCKET",
            "LISTEN_FDS",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in ["PATH", "TENON_PG_BINDIR", "TENON_LOG__FILTER", "HOME", "DATABASE_URL_HINT"] {
            assert!(!is_secret(name), "{name}");
        }
    }

    #[test]
    fn debug_shows_names_and_no_values() {
        let secrets: Secrets = [("DATABASE_URL", "postgres://u:hunter2@h/d")].into_iter().collect();
        assert_eq!(format!("{secrets:?}"), r#"{"DATABASE_URL"}"#);
    }

    #[test]
    fn another_process_gets_all_of_them() {
        let mut secrets: Secrets =
            [("DATABASE_URL", "postgres://u:hunter2@h/d"), ("PGHOST", "")].into_iter().collect();
        secrets.not_text.insert("PGUSER".to_owned());
        let other = Secrets::from_bytes(&secrets.to_bytes()).unwrap();
        let told = |secrets: &Secrets| -> Vec<_> {
            secrets.iter().map(|(name, value)| format!("{name}={}", value.expose_secret())).collect()
        };
        assert_eq!(told(&other), ["DATABASE_URL=postgres://u:hunter2@h/d", "PGHOST="]);
        assert_eq!((told(&other), other.not_text), (told(&secrets), secrets.not_text));
        assert!(Secrets::from_bytes(b"").is_err());
    }

    #[test]
    fn more_than_one_thread_is_refused() {
        // A test always has the harness's thread beside it.
        assert!(matches!(take_environment(), Err(SecretsError::NotAlone(2..))));
    }

    /// Runs in a process of its own, started by the test below.
    #[test]
    #[ignore = "a child process of the next test"]
    fn child_takes_its_environment() {
        // SAFETY: this process runs this one test, the harness's other thread only waits for it.
        let secrets = unsafe { take_unchecked() };
        assert_eq!(secrets.get("DATABASE_URL").unwrap().expose_secret(), "postgres://u:hunter2@h/d");
        assert_eq!(secrets.get("PGPASSWORD").unwrap().expose_secret(), "hunter2");
        assert_eq!(secrets.get("DATABASE_HEAL_URL").unwrap().expose_secret(), "", "set, and empty");
        assert_eq!(secrets.not_text().collect::<Vec<_>>(), ["DATABASE_SCRATCH_URL"]);
        assert!(std::env::var_os("DATABASE_URL").is_none());
        assert_eq!(std::env::var("TENON_LOG__FILTER").unwrap(), "debug");
        // What another process reads of us.
        let seen = Command::new("cat").arg(format!("/proc/{}/environ", std::process::id())).output().unwrap();
        let seen = String::from_utf8_lossy(&seen.stdout).into_owned();
        assert!(seen.contains("TENON_LOG__FILTER=debug"), "the environment could be read: {seen:?}");
        assert!(!seen.contains("hunter2"), "{seen:?}");
        // What our children inherit.
        let inherited = Command::new("env").output().unwrap();
        assert!(!String::from_utf8_lossy(&inherited.stdout).contains("hunter2"));
    }

    #[test]
    fn nothing_is_left_in_the_environment_of_the_process_or_its_children() {
        let status = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "support::secrets::tests::child_takes_its_environment",
                "--ignored",
                "--nocapture",
            ])
            .env("DATABASE_URL", "postgres://u:hunter2@h/d")
            .env("PGPASSWORD", "hunter2")
            .env("DATABASE_HEAL_URL", "")
            .env("DATABASE_SCRATCH_URL", std::ffi::OsStr::from_bytes(b"hunter2\xff"))
            .env("TENON_LOG__FILTER", "debug")
            .stdout(Stdio::piped())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&status.stdout).into_owned();
        assert!(status.status.success() && text.contains("1 passed"), "{text}");
    }
}
