//! Logins that were refused, as counts for the audit log: one entry a period and never one a request, since
//! anybody can have a login refused.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;

use crate::audit::{Action, Actor};
use crate::host::Tenon;
use crate::support::lock::LockExt;

/// How often the counts go to the audit log, if there are any.
pub(super) const PERIOD: Duration = Duration::from_mins(10);

/// The logins refused since the last entry.
#[derive(Debug, Default)]
pub(crate) struct RefusedLogins(Mutex<Option<Counts>>);

#[derive(Debug)]
struct Counts {
    since: Timestamp,
    wrong: u64,
    too_many: u64,
    /// Of accounts that there are: other names are whatever somebody typed, a password for instance.
    accounts: BTreeMap<String, u64>,
}

impl RefusedLogins {
    /// Counts one whose name, password or token was wrong, for the account if there is one of that name.
    pub(crate) fn wrong(&self, account: Option<&str>) {
        self.count(|counts| {
            counts.wrong += 1;
            if let Some(account) = account {
                *counts.accounts.entry(account.to_owned()).or_default() += 1;
            }
        });
    }

    /// Counts one that came too often.
    pub(crate) fn too_many(&self) {
        self.count(|counts| counts.too_many += 1);
    }

    /// Records what was counted, if anything was, and begins anew.
    pub(crate) async fn record(&self, host: &Tenon) {
        let Some(counts) = self.0.lock_unpoisoned().take() else { return };
        let Counts { since, wrong, too_many, accounts } = counts;
        host.record(&Actor::host(), Action::RefuseLogins { since, wrong, too_many, accounts }, None).await;
    }

    fn count(&self, count: impl FnOnce(&mut Counts)) {
        let mut counts = self.0.lock_unpoisoned();
        count(counts.get_or_insert_with(|| Counts {
            since: Timestamp::now(),
            wrong: 0,
            too_many: 0,
            accounts: BTreeMap::new(),
        }));
    }
}
