//! Heals that were started from the page: each goes on without the request that began it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

use jiff::Timestamp;
use tenon_migrations_core::plan::RepairRequest;
use tokio::runtime::Handle;
use tokio::sync::watch;
use uuid::Uuid;

use crate::heal::{HealEvent, HealOutcome, HealRequest};
use crate::host::Tenon;
use crate::support::errors::chain;
use crate::support::lock::LockExt;

/// How many are remembered. The audit log keeps them all.
const MANY: usize = 50;

/// The latest heals, by an id of our own: the heal has none before it is accepted.
#[derive(Debug, Default)]
pub(crate) struct Runs {
    latest: Mutex<VecDeque<Arc<Run>>>,
}

/// One heal, running or ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub id: Uuid,
    pub started_at: Timestamp,
    /// What it was asked to repair, for showing the plan again.
    pub repairs: RepairRequest,
    /// The heal's own id, once it was accepted.
    heal: OnceLock<Uuid>,
    phase: watch::Sender<Phase>,
}

/// How far a heal is.
#[derive(Debug, Clone, Default)]
pub(crate) enum Phase {
    /// Nothing ran yet; it may still be refused.
    #[default]
    Planning,
    /// The heal was accepted; with its latest event.
    Running(HealEvent),
    /// The heal ended.
    Ended(Arc<HealOutcome>),
}

impl Runs {
    /// The run of this id, if it is remembered.
    pub(crate) fn find(&self, id: Uuid) -> Option<Arc<Run>> {
        self.latest.lock_unpoisoned().iter().find(|run| run.id == id).cloned()
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
            started_at: Timestamp::now(),
            repairs: request.repairs.clone(),
            heal: OnceLock::new(),
            phase: watch::Sender::default(),
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
            ended.phase.send_replace(Phase::Ended(Arc::new(outcome)));
        });
        run
    }
}

impl Run {
    /// How far it is now.
    pub(crate) fn phase(&self) -> Phase {
        self.phase.borrow().clone()
    }

    /// Waits until nothing runs, or what runs was accepted and had a second to end.
    pub(crate) async fn settle(&self) -> Phase {
        let mut phase = self.phase.subscribe();
        let accepted = phase.wait_for(|phase| !matches!(phase, Phase::Planning)).await.is_ok();
        if accepted {
            let ended = phase.wait_for(|phase| matches!(phase, Phase::Ended(_)));
            let _ = tokio::time::timeout(std::time::Duration::from_secs(1), ended).await;
        }
        self.phase()
    }

    /// The heal's own id, once it was accepted.
    pub(crate) fn heal(&self) -> Option<Uuid> {
        self.heal.get().copied()
    }

    fn hear(&self, event: &HealEvent) {
        if let HealEvent::Planned { heal, .. } = event {
            let _ = self.heal.set(*heal);
        }
        self.phase.send_if_modified(|phase| {
            let ended = matches!(phase, Phase::Ended(_));
            if !ended {
                *phase = Phase::Running(event.clone());
            }
            !ended
        });
    }
}
