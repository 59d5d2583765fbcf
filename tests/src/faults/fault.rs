//! What can happen to a heal.

use std::fmt;
use std::process::Command;
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use super::place::Place;
use super::wire::Grip;

/// A thing that happens at one moment of a heal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum InjectedFault {
    /// `kill -9` of the host.
    KillHost,
    /// `kill -TERM` of the host, which it may answer by rolling back.
    StopHost,
    /// The server ends all of the host's sessions.
    TerminateBackends,
    /// The server cancels what all of the host's sessions are doing.
    CancelBackends,
    /// Every connection is cut.
    Cut,
    /// Nothing passes in one direction for a while.
    Freeze,
    /// Nothing passes any more, from the heal's COMMIT on; new connections do. The host waits a minute for
    /// it.
    FreezeCommit,
    /// `kill -9` of the server's first process, and a new start.
    KillPostmaster,
    /// A trigger raises an error from now on.
    RaiseError,
    /// Somebody else holds a lock that the heal needs.
    HoldLock,
    /// Somebody else holds all locks that the server has room for.
    ExhaustLocks,
    /// The role may no longer make schemas.
    RevokeRight,
    /// There is no room any more for the server's data.
    FillData,
    /// There is no room any more for the server's write-ahead log, without which it cannot go on at all.
    FillWal,
}

/// The faults that take turns, in this order: all but the one that takes a minute.
pub const ALL: [InjectedFault; 13] = [
    InjectedFault::KillHost,
    InjectedFault::Cut,
    InjectedFault::TerminateBackends,
    InjectedFault::CancelBackends,
    InjectedFault::KillPostmaster,
    InjectedFault::Freeze,
    InjectedFault::RaiseError,
    InjectedFault::HoldLock,
    InjectedFault::ExhaustLocks,
    InjectedFault::RevokeRight,
    InjectedFault::StopHost,
    InjectedFault::FillData,
    InjectedFault::FillWal,
];

const NAMES: [(InjectedFault, &str); 14] = [
    (InjectedFault::KillHost, "kill-host"),
    (InjectedFault::StopHost, "stop-host"),
    (InjectedFault::TerminateBackends, "terminate-backends"),
    (InjectedFault::CancelBackends, "cancel-backends"),
    (InjectedFault::Cut, "cut"),
    (InjectedFault::Freeze, "freeze"),
    (InjectedFault::FreezeCommit, "freeze-commit"),
    (InjectedFault::KillPostmaster, "kill-postmaster"),
    (InjectedFault::RaiseError, "raise-error"),
    (InjectedFault::HoldLock, "hold-lock"),
    (InjectedFault::ExhaustLocks, "exhaust-locks"),
    (InjectedFault::RevokeRight, "revoke-right"),
    (InjectedFault::FillData, "fill-data"),
    (InjectedFault::FillWal, "fill-wal"),
];

impl fmt::Display for InjectedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = NAMES.iter().find(|(fault, _)| fault == self);
        f.write_str(named.map_or("?", |(_, name)| name))
    }
}

impl FromStr for InjectedFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = NAMES.iter().find(|(_, name)| *name == text);
        let names = || NAMES.map(|(_, name)| name).join(", ");
        named
            .map(|(fault, _)| *fault)
            .ok_or_else(|| format!("no fault is called {text}; there are {}", names()))
    }
}

/// How long nothing passes.
const WHILE: Duration = Duration::from_millis(700);

impl InjectedFault {
    /// Makes it happen.
    pub(super) fn strike(self, place: &Place, host: u32, grip: &Grip<'_>) {
        match self {
            Self::KillHost => signal("-KILL", host),
            Self::StopHost => signal("-TERM", host),
            Self::TerminateBackends => place.to_sessions("pg_terminate_backend"),
            Self::CancelBackends => place.to_sessions("pg_cancel_backend"),
            Self::Cut => grip.cut(),
            Self::Freeze => thread::sleep(WHILE),
            Self::FreezeCommit => grip.freeze(),
            Self::KillPostmaster => place.server.lock().unwrap().crash(),
            Self::RaiseError => place.try_sql("UPDATE public.fault SET armed = true"),
            // Whatever of these is there: the ledger after the first heal, a plugin's table in an upgrade.
            Self::HoldLock => {
                place.hold(&format!("BEGIN; {} {}", lock("tenon.migration"), lock("identity.account")));
            }
            // What a session has locked it keeps, whatever becomes of the statement.
            Self::ExhaustLocks => {
                place.hold("SELECT count(pg_advisory_lock(n)) FROM generate_series(1, 1000000) AS n;");
            }
            Self::RevokeRight => place.revoke(),
            Self::FillData => place.server.lock().unwrap().fill_data(),
            Self::FillWal => place.server.lock().unwrap().fill_wal(),
        }
    }

    /// Whether it takes a disk that can be filled.
    pub(super) fn fills(self) -> bool {
        matches!(self, Self::FillData | Self::FillWal)
    }

    /// Takes it back, so that a heal can go through again.
    pub(super) fn lift(self, place: &Place) {
        match self {
            Self::RaiseError => place.try_sql("UPDATE public.fault SET armed = false"),
            Self::RevokeRight => place.grant(),
            Self::FillData | Self::FillWal => place.server.lock().unwrap().make_room(),
            _ => {}
        }
    }
}

fn lock(table: &str) -> String {
    format!(
        "DO $$ BEGIN LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE NOWAIT; \
         EXCEPTION WHEN undefined_table OR invalid_schema_name OR lock_not_available THEN NULL; END $$;"
    )
}

fn signal(signal: &str, process: u32) {
    // It may have ended by itself.
    let _ = Command::new("kill").args([signal, &process.to_string()]).output();
}
