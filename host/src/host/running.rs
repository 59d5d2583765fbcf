//! The heals of this process that have not ended.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use super::Host;
use crate::postgres::heal::{Asked, Cancel, EventSink, HealEvent};

/// A heal of this process that has not ended.
#[derive(Debug, Clone, Serialize)]
pub struct RunningHeal {
    pub heal: Option<Uuid>,
    pub admin: String,
    pub since: Timestamp,
    pub last_event: Option<HealEvent>,
}

/// All of them, in the order in which they were asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Running(Arc<Mutex<Vec<Arc<One>>>>);

/// One of them, until the value is dropped.
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
    pub(super) fn begin(&self, admin: &str) -> Ticket {
        let told =
            RunningHeal { heal: None, admin: admin.to_owned(), since: Timestamp::now(), last_event: None };
        let one = Arc::new(One { told: Mutex::new(told), cancel: Cancel::default() });
        self.locked().push(Arc::clone(&one));
        Ticket { all: self.clone(), one }
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Vec<Arc<One>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl One {
    fn told(&self) -> RunningHeal {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Ticket {
    pub(super) fn cancel(&self) -> &Cancel {
        &self.one.cancel
    }

    /// Keeps the last event for those who ask how the heal goes on.
    pub(super) fn watched(&self, on: EventSink) -> EventSink {
        let one = Arc::clone(&self.one);
        Arc::new(move |event| {
            {
                let mut told = one.told.lock().unwrap_or_else(PoisonError::into_inner);
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

impl Host {
    /// The heal of this process that has not ended; of several, one that does not wait for another.
    pub fn running_heal(&self) -> Option<RunningHeal> {
        let all: Vec<_> = self.running.locked().iter().map(|one| one.told()).collect();
        let waits = |told: &&RunningHeal| matches!(told.last_event, Some(HealEvent::Waiting { .. }) | None);
        all.iter().find(|told| !waits(told)).or(all.first()).cloned()
    }

    /// Asks a heal of this process to stop, for this person. `None` if it does not run here.
    pub fn cancel_heal(&self, heal: Uuid, by: &str) -> Option<Asked> {
        let all = self.running.locked();
        all.iter().find(|one| one.told().heal == Some(heal)).map(|one| one.cancel.ask(by))
    }

    /// Asks all heals of this process to stop. Gives how many are being committed, for which it is too late.
    pub fn cancel_heals(&self, by: &str) -> usize {
        self.running.locked().iter().filter(|one| one.cancel.ask(by) == Asked::TooLate).count()
    }

    /// Waits until no heal of this process runs.
    pub async fn healed(&self) {
        while !self.running.locked().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
