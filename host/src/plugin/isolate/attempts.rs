//! What plugins tried and were refused, counted by the name of the system call.

use std::collections::BTreeMap;
use std::sync::Mutex;

use jiff::Timestamp;
use serde::Serialize;

use crate::support::lock::LockExt;

/// What a plugin tried and was refused.
#[derive(Debug, Default)]
pub struct Attempts(pub(super) Mutex<BTreeMap<&'static str, Tried>>);

#[derive(Debug, Clone, Copy)]
pub(super) struct Tried {
    pub(super) times: u64,
    pub(super) last: Timestamp,
}

/// A system call that was refused to a plugin since the host started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Refused {
    pub system_call: &'static str,
    pub times: u64,
    pub last: Timestamp,
}

impl Attempts {
    /// The refused system calls, by name.
    pub fn all(&self) -> Vec<Refused> {
        let all = self.0.lock_unpoisoned();
        all.iter()
            .map(|(&system_call, &Tried { times, last })| Refused { system_call, times, last })
            .collect()
    }
}
