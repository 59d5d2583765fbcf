//! The heals of this process that have not ended: one is at work, the others wait for their turn.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use uuid::Uuid;

use super::Tenon;
use crate::heal::{
    Cancel, CancelOutcome, EventSink, HealEvent, HealOutcome, HealProgress, HealRequest, Holder, Purpose,
};
use crate::report::text;
use crate::support::lock::LockExt;

/// How often who waits for a turn is told whom it waits for.
const TELL_AGAIN: Duration = Duration::from_secs(1);

/// How old may be what was seen of the heals of others.
const FRESH: Duration = Duration::from_secs(1);
/// How long who only wants to show it waits until that was seen anew.
const SHOWN: Duration = Duration::from_millis(250);

/// A heal that has not ended. What cannot be seen of another process's is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct RunningHeal {
    pub heal: Option<Uuid>,
    pub purpose: Option<Purpose>,
    pub admin: Option<String>,
    pub host: Option<String>,
    pub since: Option<Timestamp>,
    /// Whether it runs in this process, which can stop it.
    pub here: bool,
    pub progress: HealProgress,
    /// What it does now, in words.
    pub message: String,
}

impl RunningHeal {
    /// A heal of another process, as it can be seen.
    fn elsewhere(holder: Holder) -> Self {
        let message = match &holder.session {
            Some(session) => format!("{session} holds the lock of heals"),
            None => "Running elsewhere".to_owned(),
        };
        let Holder { heal, purpose, admin, host, since, progress, waits, .. } = holder;
        let (steps_done, steps) = progress.unwrap_or_default();
        let progress = HealProgress { steps_done, steps, waits, ..HealProgress::default() };
        Self { heal, purpose, admin, host, since, here: false, progress, message }
    }
}

/// A heal of this process.
#[derive(Debug, Clone)]
struct Told {
    heal: Option<Uuid>,
    admin: String,
    since: Timestamp,
    purpose: Purpose,
    has_turn: bool,
    last_event: Option<HealEvent>,
    progress: HealProgress,
}

impl Told {
    fn shown(self, host: &str) -> RunningHeal {
        let Self { heal, admin, since, purpose, last_event, progress, .. } = self;
        let message =
            last_event.as_ref().map_or_else(|| "Looking at what is pending".to_owned(), text::doing);
        RunningHeal {
            heal,
            purpose: Some(purpose),
            admin: Some(admin),
            host: Some(host.to_owned()),
            since: Some(since),
            here: true,
            progress,
            message,
        }
    }

    /// Whether it waits for another heal.
    fn waits(&self) -> bool {
        matches!(self.last_event, Some(HealEvent::Waiting { .. }) | None)
    }
}

/// The turns to heal. A heal opens sessions of the database only in its turn: however many ask, they are no
/// more than one heal needs, and one rehearsal, which keeps no heal waiting.
#[derive(Debug)]
pub(super) struct Turns {
    heals: Arc<Semaphore>,
    rehearsals: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        Self { heals: Arc::new(Semaphore::new(1)), rehearsals: Arc::new(Semaphore::new(1)) }
    }
}

impl Turns {
    fn of(&self, purpose: Purpose) -> &Arc<Semaphore> {
        match purpose {
            Purpose::Heal | Purpose::DryRun => &self.heals,
            Purpose::Rehearsal => &self.rehearsals,
        }
    }
}

/// The heals of this process that have not ended, in the order in which they were asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Running {
    all: Arc<Mutex<Vec<Arc<One>>>>,
    /// Sent to with each event of any of them.
    changed: watch::Sender<()>,
    elsewhere: Arc<tokio::sync::Mutex<Option<Seen>>>,
}

/// What was last seen of the heals of other processes, and when.
type Seen = (Instant, Option<Holder>);

/// One running heal, until the value is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    all: Running,
    one: Arc<One>,
}

#[derive(Debug)]
struct One {
    told: Mutex<Told>,
    cancel: Cancel,
}

impl Running {
    pub(super) fn begin(&self, request: &HealRequest) -> Ticket {
        let (admin, purpose) = (request.admin.clone(), request.purpose);
        let since = Timestamp::now();
        let progress = HealProgress::default();
        let told = Told { heal: None, admin, since, purpose, has_turn: false, last_event: None, progress };
        let one = Arc::new(One { told: Mutex::new(told), cancel: Cancel::default() });
        self.locked().push(Arc::clone(&one));
        self.changed.send_replace(());
        Ticket { all: self.clone(), one }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Arc<One>>> {
        self.all.lock_unpoisoned()
    }
}

impl One {
    fn told(&self) -> Told {
        self.told.lock_unpoisoned().clone()
    }
}

impl Ticket {
    fn has_turn(&self) {
        self.one.told.lock_unpoisoned().has_turn = true;
    }

    pub(super) fn cancel(&self) -> &Cancel {
        &self.one.cancel
    }

    /// Keeps the last event for those who ask how the heal goes on.
    pub(super) fn watched(&self, on: EventSink) -> EventSink {
        let (one, changed) = (Arc::clone(&self.one), self.all.changed.clone());
        Arc::new(move |event| {
            {
                let mut told = one.told.lock_unpoisoned();
                if let HealEvent::Planned { heal, .. } = event {
                    told.heal = Some(*heal);
                }
                told.progress.apply(event);
                told.last_event = Some(event.clone());
            }
            changed.send_replace(());
            on(event);
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.all.locked().retain(|one| !Arc::ptr_eq(one, &self.one));
        self.all.changed.send_replace(());
    }
}

impl Tenon {
    /// Waits for the turn to heal, as long as for another heal's end, or until somebody wishes it to stop.
    pub(super) async fn turn(
        &self,
        request: &HealRequest,
        ticket: &Ticket,
        on: &EventSink,
    ) -> Result<OwnedSemaphorePermit, HealOutcome> {
        let limit = tokio::time::sleep(self.config.heal.wait);
        let turn = Arc::clone(self.turns.of(request.purpose)).acquire_owned();
        tokio::pin!(limit, turn);
        let mut tell = tokio::time::interval(TELL_AGAIN);
        loop {
            tokio::select! {
                biased;
                Ok(turn) = &mut turn => {
                    ticket.has_turn();
                    return Ok(turn);
                }
                by = ticket.cancel().asked() => {
                    return Err(HealOutcome::Cancelled { heal: Uuid::nil(), purpose: request.purpose, by });
                }
                () = &mut limit => return Err(HealOutcome::Busy { holder: self.holder(request.purpose) }),
                _ = tell.tick() => on(&HealEvent::Waiting { holder: self.holder(request.purpose) }),
            }
        }
    }

    /// The heal that has the turn, for which the others wait.
    fn holder(&self, purpose: Purpose) -> Holder {
        let turn = self.turns.of(purpose);
        let all: Vec<_> = self.running.locked().iter().map(|one| one.told()).collect();
        let same = all.into_iter().filter(|told| Arc::ptr_eq(self.turns.of(told.purpose), turn));
        let Some(first) = same.into_iter().find(|told| told.has_turn) else { return Holder::default() };
        if let Some(HealEvent::Waiting { holder }) = first.last_event {
            return holder;
        }
        Holder {
            heal: first.heal,
            purpose: Some(first.purpose),
            admin: Some(first.admin),
            host: Some(self.name.clone()),
            since: Some(first.since),
            ..Holder::default()
        }
    }

    /// The heal of this process that has not ended; of several, one that does not wait for another.
    pub fn running_heal(&self) -> Option<RunningHeal> {
        let all: Vec<_> = self.running.locked().iter().map(|one| one.told()).collect();
        let first = all.iter().find(|told| !told.waits()).or(all.first())?;
        Some(first.clone().shown(&self.name))
    }

    /// Changes with each event of a heal of this process.
    pub fn heal_changes(&self) -> watch::Receiver<()> {
        self.running.changed.subscribe()
    }

    /// The heal that runs on this database, this process's or another's, as it was a second ago at most.
    pub async fn heal_now(&self) -> Option<RunningHeal> {
        if let Some(heal) = self.running_heal() {
            return Some(heal);
        }
        let mut seen = self.running.elsewhere.lock().await;
        if seen.as_ref().is_none_or(|(at, _)| at.elapsed() > FRESH) {
            *seen = Some((Instant::now(), self.heal_elsewhere().await));
        }
        seen.as_ref().and_then(|(_, holder)| holder.clone()).map(RunningHeal::elsewhere)
    }

    /// The heal that runs, for a page that shows it beside something else: no slow database is waited for.
    pub async fn heal_shown(&self) -> Option<RunningHeal> {
        tokio::time::timeout(SHOWN, self.heal_now()).await.ok().flatten()
    }

    /// Asks a heal of this process to stop, for this person. `None` if it does not run here.
    pub fn cancel_heal(&self, heal: Uuid, by: &str) -> Option<CancelOutcome> {
        let all = self.running.locked();
        all.iter().find(|one| one.told().heal == Some(heal)).map(|one| one.cancel.ask(by))
    }

    /// Asks all heals of this process to stop. Gives how many are being committed, for which it is too late.
    pub fn cancel_heals(&self, by: &str) -> usize {
        self.running.locked().iter().filter(|one| one.cancel.ask(by) == CancelOutcome::TooLate).count()
    }

    /// Waits until no heal of this process runs.
    pub async fn healed(&self) {
        while !self.running.locked().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
