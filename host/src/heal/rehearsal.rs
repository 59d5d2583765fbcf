//! What was seen of a batch that was run and rolled back: how long its parts took, which locks it held and
//! for how long, what the server said.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use tenon_migrations_core::statements::LockMode;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use super::observed::{HeldLock, Rehearsal, ServerMessages};
use super::purpose::Purpose;
use super::request::{EventSink, HealEvent};
use crate::audit::HealFailure;
use crate::audit::Timed;
use crate::database::migration_session;
use crate::support::errors::chain;
use crate::support::lock::LockExt;
use crate::support::millis::millis;

/// How much time there is between two looks for each entry of the table of locks beyond the first [`FEW`]:
/// about ten times what a look takes.
const BETWEEN_LOOKS: Duration = Duration::from_micros(20);
/// Up to so many entries of the table of locks there is a look after each statement.
const FEW: u64 = 500;

/// What the step is called that makes login roles.
pub(super) const LOGIN_ROLES: &str = "login roles";

/// How long the server may take to tell the names, once everything is rolled back.
const NAMES: Duration = Duration::from_secs(10);

/// Looks at the locks while the batch runs.
#[derive(Debug, Default)]
pub(super) struct LockObserver(Mutex<Record>);

/// What was seen of one attempt. Times are the server's, in seconds of the Unix epoch.
#[derive(Debug, Default)]
struct Record {
    /// When the last look was asked for.
    asked: Option<Instant>,
    /// What ran first since then.
    unseen: Option<During>,
    /// The time of the last look, and in the end that of the rollback.
    at: f64,
    entries: u64,
    /// The locks that were seen, by relation and strength.
    locks: BTreeMap<(u32, LockMode), Taken>,
    names: BTreeMap<u32, String>,
    migrations: Vec<Timed>,
    notices: Vec<ServerMessages>,
}

#[derive(Debug, Clone)]
struct Taken {
    since: f64,
    by: During,
}

/// What ran: its name, and the number of its statement.
pub(super) type During = (String, Option<usize>);

impl LockObserver {
    /// A sink that keeps what is to be told in the end, and hands everything on.
    pub(super) fn hearing(self: &Arc<Self>, events: &EventSink) -> EventSink {
        let (lock_observer, events) = (Arc::clone(self), Arc::clone(events));
        Arc::new(move |event| {
            lock_observer.hear(event);
            events(event);
        })
    }

    fn hear(&self, event: &HealEvent) {
        let mut record = self.locked();
        match event {
            HealEvent::MigrationDone { migration, duration_ms, .. } => {
                record.migrations.push(Timed { migration: migration.to_string(), duration_ms: *duration_ms });
            }
            HealEvent::RepairDone { object, duration_ms, .. } => {
                let migration = format!("repair of {object}");
                record.migrations.push(Timed { migration, duration_ms: *duration_ms });
            }
            HealEvent::RolesDone { roles: 1.., duration_ms, .. } => {
                let migration = LOGIN_ROLES.to_owned();
                record.migrations.push(Timed { migration, duration_ms: *duration_ms });
            }
            HealEvent::Notice { during, severity, message } => {
                let (during, severity, message) = (during.clone(), severity.clone(), message.clone());
                record.notices.push(ServerMessages { during, severity, message });
            }
            _ => {}
        }
    }

    fn locked(&self) -> MutexGuard<'_, Record> {
        self.0.lock_unpoisoned()
    }

    /// Begins with an attempt, and forgets the one before.
    pub(super) async fn begin(&self, client: &Client) -> Result<(), Error> {
        *self.locked() = Record::default();
        self.observe(client, ("the beginning".to_owned(), None)).await
    }

    /// Whether it is time for a look, now that this has run: a look at many locks takes time itself. Gives
    /// what ran first since the last one.
    pub(super) fn due_after(&self, ran: During) -> Option<During> {
        let mut record = self.locked();
        let many = u32::try_from(record.entries.saturating_sub(FEW)).unwrap_or(u32::MAX);
        let pause = BETWEEN_LOOKS.saturating_mul(many);
        let first = record.unseen.take().unwrap_or(ran);
        if record.asked.is_some_and(|asked| asked.elapsed() < pause) {
            record.unseen = Some(first);
            return None;
        }
        record.asked = Some(Instant::now());
        Some(first)
    }

    /// Looks whatever time that takes, now that this has run.
    pub(super) async fn observe_after(&self, client: &Client, ran: During) -> Result<(), Error> {
        let first = self.locked().unseen.take().unwrap_or(ran);
        self.observe(client, first).await
    }

    /// Looks which locks the transaction holds. What was not held at the last look was taken by this, or
    /// after it.
    pub(super) async fn observe(&self, client: &Client, during: During) -> Result<(), Error> {
        let rows = client.query_typed(include_str!("sql/locks_held.sql"), &[]).await?;
        let Some(row) = rows.first() else { return Ok(()) };
        let (at, entries): (f64, i64) = (row.try_get("at")?, row.try_get("entries")?);
        let (relations, modes): (Vec<u32>, Vec<String>) = (row.try_get("relations")?, row.try_get("modes")?);
        let mut record = self.locked();
        let record = &mut *record;
        let since = if record.at == 0.0 { at } else { record.at };
        for (relation, mode) in relations.into_iter().zip(&modes) {
            let Some(mode) = LockMode::from_pg_locks(mode) else { continue };
            let taken = Taken { since, by: during.clone() };
            record.locks.entry((relation, mode)).or_insert(taken);
        }
        record.at = at;
        record.entries = record.entries.max(u64::try_from(entries).unwrap_or_default());
        Ok(())
    }

    /// Looks at the clock, and which of the relations are there once everything is rolled back. Where that
    /// cannot be seen any more, what was seen last is told.
    pub(super) async fn end(&self, client: &Client) {
        let relations: Vec<u32> = self.locked().locks.keys().map(|(relation, _)| *relation).collect();
        let asked = async {
            let at = migration_session::clock(client).await?;
            let parameters = [(&relations as _, Type::OID_ARRAY)];
            let rows = client.query_typed(include_str!("sql/standing.sql"), &parameters).await?;
            let names = rows.iter().map(|row| Ok((row.try_get("relation")?, row.try_get("name")?)));
            Ok((at, names.collect::<Result<_, Error>>()?))
        };
        match tokio::time::timeout(NAMES, asked).await {
            Ok(Ok((at, names))) => {
                let mut record = self.locked();
                (record.at, record.names) = (at, names);
            }
            Ok(Err::<_, Error>(error)) => {
                tracing::warn!("it cannot be seen which locks were held: {}", chain(&error));
            }
            Err(_) => tracing::warn!("it cannot be seen which locks were held: the server does not answer"),
        }
    }

    /// How long the migrations took that came to their end.
    pub(super) fn migrations(&self) -> Vec<Timed> {
        self.locked().migrations.clone()
    }

    /// What was seen.
    pub(super) fn told(&self, purpose: Purpose, duration_ms: u64, failure: Option<HealFailure>) -> Rehearsal {
        let record = self.locked();
        Rehearsal {
            purpose,
            heal: None,
            migrations: record.migrations.clone(),
            duration_ms,
            lock_entries: record.entries,
            locks: record.held(),
            notices: record.notices.clone(),
            copy_lacks: Vec::new(),
            copy_differs: Vec::new(),
            failure,
        }
    }
}

impl Record {
    fn held(&self) -> Vec<HeldLock> {
        // In the order of the map a stronger one of the same relation comes later.
        let strongest: BTreeMap<_, _> =
            self.locks.iter().map(|((relation, mode), taken)| (relation, (*mode, taken))).collect();
        let mut held: Vec<_> = strongest
            .into_iter()
            .filter_map(|(relation, (mode, taken))| {
                let relation = self.names.get(relation)?.clone();
                let held = Duration::try_from_secs_f64(self.at - taken.since).unwrap_or_default();
                let held_ms = millis(held);
                let (taken_by, statement) = taken.by.clone();
                Some(HeldLock { relation, mode, held_ms, taken_by, statement })
            })
            .collect();
        held.sort_by(|one, other| {
            (other.mode, other.held_ms)
                .cmp(&(one.mode, one.held_ms))
                .then_with(|| one.relation.cmp(&other.relation))
        });
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_locks_on_a_relation_the_strongest_is_told_and_since_when() {
        let taken = |since, by: &str| Taken { since, by: (by.to_owned(), Some(1)) };
        let record = Record {
            at: 12.5,
            locks: BTreeMap::from([
                ((1, LockMode::RowExclusive), taken(10.0, "a/1.sql")),
                ((1, LockMode::AccessExclusive), taken(12.0, "a/2.sql")),
                ((2, LockMode::Share), taken(11.0, "a/1.sql")),
                ((3, LockMode::AccessExclusive), taken(11.5, "a/2.sql")),
                ((4, LockMode::AccessExclusive), taken(10.0, "a/1.sql")),
            ]),
            names: BTreeMap::from([(1, "a.b".to_owned()), (2, "a.c".to_owned()), (3, "a.d".to_owned())]),
            ..Record::default()
        };
        let told = record.held();
        let told: Vec<_> = told
            .iter()
            .map(|lock| (&*lock.relation, lock.mode.name(), lock.held_ms, &*lock.taken_by))
            .collect();
        assert_eq!(
            told,
            [
                ("a.d", "ACCESS EXCLUSIVE", 1000, "a/2.sql"),
                ("a.b", "ACCESS EXCLUSIVE", 500, "a/2.sql"),
                ("a.c", "SHARE", 1500, "a/1.sql"),
            ],
            "what the batch made itself keeps nobody waiting"
        );
    }
}
