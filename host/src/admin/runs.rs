//! Heals that were asked for over the network: each goes on without the request that began it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

use jiff::Timestamp;
use tenon_migrations_core::plan::RepairRequest;
use tokio::runtime::Handle;
use tokio::sync::watch;
use uuid::Uuid;

use crate::heal::{HealEvent, HealOutcome, HealProgress, HealRequest, Purpose};
use crate::host::Tenon;
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// How many are remembered. The audit log keeps them all.
const MANY: usize = 50;

/// How many events of each are kept for those who come late.
const EVENTS: usize = 2000;

/// The latest heals, by an id of our own: the heal has none before it is accepted.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    latest: Mutex<VecDeque<Arc<Run>>>,
}

/// One heal, running or ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub id: Uuid,
    pub admin: String,
    pub purpose: Purpose,
    pub started_at: Timestamp,
    /// What it was asked to repair, for showing the plan again.
    pub repairs: RepairRequest,
    /// The heal's own id, once it was accepted.
    heal: OnceLock<Uuid>,
    events: Mutex<EventLog>,
    state: watch::Sender<RunState>,
}

/// How far a heal is, and what its events come to.
#[derive(Debug, Clone, Default)]
pub(crate) struct RunState {
    pub phase: Phase,
    pub progress: HealProgress,
}

/// How far a heal is.
#[derive(Debug, Clone, Default)]
pub(crate) enum Phase {
    /// Nothing ran yet; it may still be refused.
    #[default]
    Planning,
    /// The heal was accepted; with its latest event.
    Running(Box<HealEvent>),
    /// The heal ended.
    Ended(Arc<HealOutcome>),
}

/// The latest events, with how many there were before them.
#[derive(Debug, Default)]
struct EventLog {
    before: u64,
    kept: VecDeque<HealEvent>,
}

impl EventLog {
    fn push(&mut self, event: &HealEvent) {
        if self.kept.len() >= EVENTS {
            self.kept.pop_front();
            self.before += 1;
        }
        self.kept.push_back(event.clone());
    }

    /// The events after the one of this number, each with its own; they are counted from 1.
    fn after(&self, number: u64) -> Vec<(u64, HealEvent)> {
        let numbered = (self.before + 1..).zip(&self.kept);
        numbered.filter(|(at, _)| *at > number).map(|(at, event)| (at, event.clone())).collect()
    }
}

impl Runs {
    /// The run of this id, or of the heal of this id, if it is remembered.
    pub(crate) fn find(&self, id: Uuid) -> Option<Arc<Run>> {
        let latest = self.latest.lock_unpoisoned();
        latest.iter().find(|run| run.id == id || run.heal() == Some(id)).cloned()
    }

    fn add(&self, run: &Arc<Run>) {
        let mut latest = self.latest.lock_unpoisoned();
        latest.push_front(Arc::clone(run));
        latest.truncate(MANY);
    }

    /// Starts a heal on this runtime that goes on whatever becomes of the caller.
    pub(crate) fn start(&self, host: &Arc<Tenon>, runtime: &Handle, request: HealRequest) -> Arc<Run> {
        let run = Arc::new(Run {
            id: Uuid::new_v4(),
            admin: request.admin.clone(),
            purpose: request.purpose,
            started_at: Timestamp::now(),
            repairs: request.repairs.clone(),
            heal: OnceLock::new(),
            events: Mutex::default(),
            state: watch::Sender::default(),
        });
        self.add(&run);
        let host = Arc::clone(host);
        let told = Arc::clone(&run);
        let heal =
            runtime.spawn(async move { host.heal(request, Arc::new(move |event| told.hear(event))).await });
        let ended = Arc::clone(&run);
        runtime.spawn(async move {
            let outcome = heal.await.unwrap_or_else(|error| HealOutcome::Unclear {
                heal: Uuid::nil(),
                message: format!(
                    "the heal was interrupted: {}; the audit log says how it ended",
                    chain(&error)
                ),
            });
            ended.state.send_modify(|state| state.phase = Phase::Ended(Arc::new(outcome)));
        });
        run
    }
}

impl Run {
    /// How far it is now.
    pub(crate) fn state(&self) -> RunState {
        self.state.borrow().clone()
    }

    /// What tells when the state has changed.
    pub(crate) fn changes(&self) -> watch::Receiver<RunState> {
        self.state.subscribe()
    }

    /// The events after the one of this number that are kept, each with its own; they are counted from 1.
    pub(crate) fn events_after(&self, number: u64) -> Vec<(u64, HealEvent)> {
        self.events.lock_unpoisoned().after(number)
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&self) -> Arc<HealOutcome> {
        let mut state = self.state.subscribe();
        loop {
            if let Phase::Ended(outcome) = &state.borrow_and_update().phase {
                return Arc::clone(outcome);
            }
            if state.changed().await.is_err() {
                // The sender is ours.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Waits until nothing runs, or what runs was accepted and had a second to end.
    pub(crate) async fn settle(&self) -> Phase {
        let mut state = self.state.subscribe();
        let accepted = state.wait_for(|state| !matches!(state.phase, Phase::Planning)).await.is_ok();
        if accepted {
            let ended = state.wait_for(|state| matches!(state.phase, Phase::Ended(_)));
            let _ = tokio::time::timeout(std::time::Duration::from_secs(1), ended).await;
        }
        self.state().phase
    }

    /// The heal's own id, once it was accepted.
    pub(crate) fn heal(&self) -> Option<Uuid> {
        self.heal.get().copied()
    }

    fn hear(&self, event: &HealEvent) {
        if let HealEvent::Planned { heal, .. } = event {
            let _ = self.heal.set(*heal);
        }
        self.events.lock_unpoisoned().push(event);
        self.state.send_if_modified(|state| {
            let ended = matches!(state.phase, Phase::Ended(_));
            if !ended {
                state.progress.apply(event);
                state.phase = Phase::Running(Box::new(event.clone()));
            }
            !ended
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_comes_late_has_the_latest_events_by_their_numbers() {
        let mut log = EventLog::default();
        let numbers = |log: &EventLog, after| log.after(after).iter().map(|(at, _)| *at).collect::<Vec<_>>();
        assert_eq!(numbers(&log, 0), [0; 0]);
        (0..3).for_each(|_| log.push(&HealEvent::Copying));
        assert_eq!(numbers(&log, 0), [1, 2, 3]);
        assert_eq!(numbers(&log, 2), [3]);
        (0..EVENTS).for_each(|_| log.push(&HealEvent::Committing));
        let kept = numbers(&log, 0);
        assert_eq!((kept.first(), kept.last(), kept.len()), (Some(&4), Some(&(EVENTS as u64 + 3)), EVENTS));
    }
}
