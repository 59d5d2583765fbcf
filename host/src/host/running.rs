//! The heals of this process that have not ended: one is at work, the others wait for their turn.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use super::Tenon;
use crate::heal::{Cancel, CancelOutcome, EventSink, HealEvent, HealOutcome, HealRequest, Holder, Purpose};
use crate::support::lock::LockExt;

/// How often who waits for a turn is told whom it waits for.
const TELL_AGAIN: Duration = Duration::from_secs(1);

/// A heal of this process that has not ended.
#[derive(Debug, Clone, Serialize)]
pub struct RunningHeal {
    pub heal: Option<Uuid>,
    pub admin: String,
    pub since: Timestamp,
    pub last_event: Option<HealEvent>,
    #[serde(skip)]
    purpose: Purpose,
    #[serde(skip)]
    has_turn: bool,
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
pub(super) struct Running(Arc<Mutex<Vec<Arc<One>>>>);

/// One running heal, until the value is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    all: Running,
    one: Arc<One>,
}

#[derive(Debug)]
struct One {
    told: Mutex<RunningHeal>,
    cancel: Cancel,
}

impl Running {
    pub(super) fn begin(&self, request: &HealRequest) -> Ticket {
        let (admin, purpose) = (request.admin.clone(), request.purpose);
        let since = Timestamp::now();
        let told = RunningHeal { heal: None, admin, since, last_event: None, purpose, has_turn: false };
        let one = Arc::new(One { told: Mutex::new(told), cancel: Cancel::default() });
        self.locked().push(Arc::clone(&one));
        Ticket { all: self.clone(), one }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Arc<One>>> {
        self.0.lock_unpoisoned()
    }
}

impl One {
    fn told(&self) -> RunningHeal {
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
        let one = Arc::clone(&self.one);
        Arc::new(move |event| {
            {
                let mut told = one.told.lock_unpoisoned();
                if let HealEvent::Planned { heal, .. } = event {
                    told.heal = Some(*heal);
                }
                told.last_event = Some(event.clone());
            }
            on(event);
        })
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.all.locked().retain(|one| !Arc::ptr_eq(one, &self.one));
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
        let waits = |told: &&RunningHeal| matches!(told.last_event, Some(HealEvent::Waiting { .. }) | None);
        all.iter().find(|told| !waits(told)).or(all.first()).cloned()
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
