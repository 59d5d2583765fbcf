//! Stopping a heal, wherever it runs: one of this process at once, any other by a word in the audit log,
//! which the process that heals looks for while it does.

use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

use super::{PlanError, Tenon};
use crate::audit::event::{AuditEvent, EventKind};
use crate::audit::{self, Action, Actor, Performed, RecordAtOnceError};
use crate::heal::CancelOutcome;
use crate::support::errors::chain;

/// How long the word has to be heard before the server cancels the heal's statement.
const HEARD: Duration = Duration::from_secs(5);

/// Why a heal was not asked to stop.
#[derive(Debug, thiserror::Error)]
pub enum StopHealError {
    #[error("no heal {0} runs on this database")]
    NotRunning(Uuid),
    #[error(transparent)]
    Database(#[from] PlanError),
    #[error("the heal runs elsewhere, and could not be told to stop")]
    NotRecorded(#[source] RecordAtOnceError),
}

impl StopHealError {
    /// What to do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::NotRunning(_) => "look which heal runs now: it may have ended".to_owned(),
            Self::Database(error) => error.remedy(),
            Self::NotRecorded(RecordAtOnceError::Pending) => {
                "stop it where it runs: press Ctrl-C there, or use that host's page".to_owned()
            }
            Self::NotRecorded(_) => "try again, or stop it where it runs".to_owned(),
        }
    }
}

impl Tenon {
    /// Asks a heal to stop, for this person. How it ended, the heal itself tells, and the log.
    pub async fn stop_heal(&self, heal: Uuid, by: &Actor) -> Result<CancelOutcome, StopHealError> {
        if let Some(outcome) = self.cancel_heal(heal, &by.admin) {
            return Ok(outcome);
        }
        let reach = self.database.as_ref().ok_or(PlanError::NoDatabase)?;
        let elsewhere = self.heal_elsewhere().await.and_then(|holder| holder.heal);
        if elsewhere != Some(heal) {
            return Err(StopHealError::NotRunning(heal));
        }
        let client = self.healer().await?;
        let asked = self.bounds().read(&client, audit::asked_to_stop(&client, heal)).await;
        if let Ok(Some(_)) = asked {
            return Ok(CancelOutcome::Stopping);
        }
        let action = Action::StopHeal { stopped: heal };
        let performed = Performed { by: by.clone(), host: self.name.clone(), action, reason: None };
        let what = EventKind::Action(performed);
        let id = audit::stop_word_id(heal);
        let event = AuditEvent { heal: id, attempt: 1, at: Timestamp::now(), what };
        audit::record_at_once(reach.healing(), &event).await.map_err(StopHealError::NotRecorded)?;
        tracing::info!(admin = by.admin, %heal, "a heal that runs elsewhere was asked to stop");
        Ok(CancelOutcome::Stopping)
    }

    /// Has the server cancel the statement of a heal that has not heard the word: of a host of a former
    /// version, or one whose process is gone or hangs. Its heal fails then, and everything of it is rolled
    /// back.
    pub async fn cancel_deaf_heal(&self, heal: Uuid) {
        tokio::time::sleep(HEARD).await;
        let deaf = self.heal_elsewhere().await.is_some_and(|holder| holder.heal == Some(heal));
        if !deaf {
            return;
        }
        let cancelled = async {
            let client = self.healer().await.map_err(|error| chain(&error))?;
            let bounds = self.bounds();
            crate::heal::cancel_holder(&client, bounds, heal).await.map_err(|error| chain(&error))
        };
        match cancelled.await {
            Ok(true) => tracing::warn!(%heal, "the heal did not stop by itself: its statement was cancelled"),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%heal, "the heal did not stop by itself, and could not be cancelled: {error}");
            }
        }
    }
}
